"""Which reader a file needs, by its ending, and what cannot be read at all."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from sentiment.data.rows import csv_rows, json_rows, parquet_rows, plain_rows
from sentiment.data.rows.kinds import SEPARATED, find_kind
from sentiment.data.rows.row import Column, Row, Tell, untold
from sentiment.errors import DataError, UsageError
from sentiment.settings import FileSettings

_AS_FOUND = FileSettings.parse({})


class Format(Protocol):
    """The functions that the module of a format with columns has."""

    def read(
        self, path: Path, columns: Sequence[Column], settings: FileSettings, tell: Tell, /
    ) -> Iterator[Row]: ...
    def names(self, path: Path, settings: FileSettings, column: str, /) -> list[str]: ...


_FORMATS: dict[str, Format] = {
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".json": json_rows,
    ".ndjson": json_rows,
    ".jsonl": json_rows,
    ".parquet": parquet_rows,
}


def read_rows(
    path: Path,
    columns: Sequence[Column],
    settings: FileSettings = _AS_FOUND,
    tell: Tell = untold,
) -> Iterator[Row]:
    """Yield the rows of a file that `find_kind` knows, in bounded memory.

    A row that cannot be read is yielded as an error in its place, and reading continues
    with the next row. The first of the `columns` is that of the texts; a `.txt` file has
    no other. `tell` is called with what a user should know of rows that can be read.
    Raises `DataError` if the file is unreadable, or if a column is missing in a format
    that names its columns once for the file. Bytes that are not UTF-8 become halves of
    surrogate pairs, which the caller may refuse.
    """
    kind = find_kind(path) or ""
    try:
        if kind == ".txt":
            yield from plain_rows.read(path, settings, tell)
        else:
            yield from _FORMATS[kind].read(path, columns, settings, tell)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def column_names(path: Path, column: str, settings: FileSettings = _AS_FOUND) -> list[str]:
    """Return the columns that a file names; of JSON, those of all objects.

    `column` is that of the texts, by which `read_rows` finds out how a CSV file is written.
    """
    return _FORMATS[find_kind(path) or ""].names(path, settings, column)


def require_used(settings: FileSettings, paths: Iterable[Path | None]) -> None:
    """Raise `UsageError` on a setting that none of the files can have a use for.

    None is standard input, which is read as a `.txt` file is.
    """
    kinds = {find_kind(path) if path else ".txt" for path in paths}
    if kinds.isdisjoint(SEPARATED):
        for name in ("delimiter", "unquoted", "no_header"):
            if getattr(settings, name):
                raise UsageError(
                    f"--{name.replace('_', '-')} is of CSV and TSV files, and none is read.",
                    "Leave it out, or give a text file with columns the ending .csv or .tsv."
                    if ".txt" in kinds
                    else "Leave it out.",
                )
    if settings.encoding is not None and kinds <= {".parquet"}:
        raise UsageError("--encoding is of text files, and none is read.", "Leave it out.")
