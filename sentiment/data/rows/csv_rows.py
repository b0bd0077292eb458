"""CSV and TSV, by the standard library's reader."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from sentiment.data.rows.row import ABSENT, Column, Row, find_columns
from sentiment.errors import DataError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


def read(path: Path, columns: Sequence[Column]) -> Iterator[Row]:
    """Yield the rows under the heading. A wholly empty file has none."""
    with _open(path) as file:
        records = _Records(file, _DELIMITERS[path.suffix.lower()])
        heading = next(records, None)
        if heading is None:
            return
        places = find_columns(path, heading, columns)
        for fields in records:
            if records.unfinished:
                yield Row(records.first_line, error=_never_closed(records))
            elif len(fields) > len(heading):
                yield Row(records.last_line, error=_too_long())
            else:
                values = (fields[at] if at < len(fields) else ABSENT for at in places)
                yield Row(records.last_line, tuple(values))


def names(path: Path) -> list[str]:
    """Return the columns that the heading names."""
    with _open(path) as file:
        return next(_Records(file, _DELIMITERS[path.suffix.lower()]), [])


def _open(path: Path) -> IO[str]:
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


class _Records(Iterator[list[str]]):
    """The records of a file that are not blank, and the lines that the latest one spans.

    A quote that is never closed takes the rest of the file into its record, without a
    word from `csv.reader`: it asks for another line and, when there is none, returns what
    it has. That it has asked tells such a record from a whole one.
    """

    def __init__(self, file: IO[str], delimiter: str) -> None:
        csv.field_size_limit(sys.maxsize)  # of the module; its own limit is 131,072 characters
        self._reader = csv.reader(self._lines(file), delimiter=delimiter)
        self.first_line = 0
        self.unfinished = False

    @property
    def last_line(self) -> int:
        return self._reader.line_num

    def __next__(self) -> list[str]:
        while True:
            self.first_line = self._reader.line_num + 1
            fields = next(self._reader)
            if fields:
                return fields

    def _lines(self, file: Iterable[str]) -> Iterator[str]:
        yield from file
        self.unfinished = True


def _never_closed(records: _Records) -> DataError:
    taken = records.last_line - records.first_line
    return DataError(
        f"The quote that opens here is never closed, so the {taken} lines that follow belong "
        "to this row.",
        "Close it, or double each quote inside a text.",
    )


def _too_long() -> DataError:
    return DataError("The row has more fields than the heading.", "Put the text in quotes.")
