"""Which reader a file needs, by its ending, and what cannot be read at all."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from sentiment.data.rows import csv_rows, json_rows, parquet_rows
from sentiment.data.rows.row import Column, Row
from sentiment.errors import DataError


class Format(Protocol):
    """The functions that the module of a format has."""

    def read(self, path: Path, columns: Sequence[Column]) -> Iterator[Row]: ...
    def names(self, path: Path) -> list[str]: ...


_FORMATS: dict[str, Format] = {
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".jsonl": json_rows,
    ".parquet": parquet_rows,
}
KINDS = tuple(_FORMATS)
"""The endings of the files that can be read."""


def read_rows(path: Path, columns: Sequence[Column]) -> Iterator[Row]:
    """Yield the rows of a file whose ending is one of `KINDS`, in bounded memory.

    A row that cannot be read is yielded as an error in its place, and reading continues
    with the next row. Raises `DataError` if the file is unreadable, or if a column is
    missing in a format that names its columns once for the file. Bytes that are not UTF-8
    become halves of surrogate pairs, which the caller may refuse.
    """
    try:
        yield from _FORMATS[path.suffix.lower()].read(path, columns)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def column_names(path: Path) -> list[str]:
    """Return the columns that a file names; of JSON Lines, those of all objects."""
    return _FORMATS[path.suffix.lower()].names(path)
