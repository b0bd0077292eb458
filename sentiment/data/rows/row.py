"""What a row is, and what is asked of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from sentiment.errors import DataError, listed
from sentiment.text import is_utf8

Tell = Callable[[str], object]
"""What is called with each sentence that a user should read about a file."""


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""The value of a column that a row does not have, which is not the same as null."""


def untold(_: str) -> None:
    """Stand in for a `Tell` where another reading of the same file tells."""


@dataclass(frozen=True)
class Column:
    """A column that is asked for, and the flag that names another one in its place."""

    name: str
    flag: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the values of the columns asked for, in that order, or what is wrong with it."""

    number: int
    """Line on which it ends, from 1; in Parquet or an array of JSON, the number of the row."""
    values: tuple[Any, ...] = ()
    error: DataError | None = None
    unit: str = "line"
    """What the number counts: `line`, or `row` where rows have no lines of their own."""
    ordinal: int = 0
    """Its number from 1 among all rows of the file, those dropped as wholly empty included."""


def find_columns(
    path: Path, names: Sequence[str], columns: Sequence[Column], remedy: str = ""
) -> list[int]:
    """Return the positions of `columns` among the column `names` of a file.

    Raises `DataError` on a column that is missing, or that occurs more than once. `remedy`
    is what else might help against the former.
    """
    if missing := [column for column in columns if column.name not in names]:
        raise no_such_column(path, missing, names, remedy if missing[0] is columns[0] else "")
    for column in columns:
        if names.count(column.name) > 1:
            raise DataError(
                f"{path} has {names.count(column.name)} columns {column.name!r}.",
                "Give each a name of its own.",
            )
    return [names.index(column.name) for column in columns]


def no_such_column(
    source: Path | str, missing: Sequence[Column], names: Sequence[str], remedy: str = ""
) -> DataError:
    """Return the error about missing columns, each with its flag.

    Names that are not UTF-8 change its remedy.
    """
    remedy = f", {remedy}" if remedy else ""
    asked = " and ".join(f"no column {column.name!r}" for column in missing)
    flags = " and ".join(dict.fromkeys(column.flag for column in missing))
    return DataError(
        f"{source} has {asked}; it has {listed(sorted(map(str, names)), 20)}.",
        f"Name yours with {flags}{remedy}." if is_utf8("".join(names)) else "Save it as UTF-8.",
    )
