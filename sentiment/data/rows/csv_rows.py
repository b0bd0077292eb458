"""CSV and TSV, by the standard library's reader."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from sentiment.data.files import open_text
from sentiment.data.rows.row import ABSENT, Column, Row, find_columns
from sentiment.errors import DataError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_MOST_CHARACTERS = 1 << 24  # in a record of several lines; 16 times the longest text predicted


def read(path: Path, columns: Sequence[Column]) -> Iterator[Row]:
    """Yield the rows under the heading; a wholly empty file has neither."""
    with _open(path) as file:
        records = _Records(file, _DELIMITERS[path.suffix.lower()])
        heading = _heading(path, records)
        if heading is None:
            return
        places = find_columns(path, heading, columns)
        for fields in records:
            if isinstance(fields, DataError):
                yield Row(records.first_line, error=fields)
            elif len(fields) > len(heading):
                yield Row(records.last_line, error=_too_long())
            else:
                values = (fields[at] if at < len(fields) else ABSENT for at in places)
                yield Row(records.last_line, tuple(values))


def names(path: Path) -> list[str]:
    """Return the columns that the heading names."""
    with _open(path) as file:
        return _heading(path, _Records(file, _DELIMITERS[path.suffix.lower()])) or []


def _heading(path: Path, records: "_Records") -> list[str] | None:
    """Return the first record, if there is one; raise `DataError` if it is malformed."""
    heading = next(records, None)
    if isinstance(heading, DataError):
        raise DataError(f"{path} cannot be read as {path.suffix}: its heading: {heading}")
    return heading


def _open(path: Path) -> IO[str]:
    return open_text(path)


class _Records(Iterator["list[str] | DataError"]):
    """The records of a file that are not blank; a malformed one comes as an error.

    If a quote is not closed, `csv.reader` takes the lines that follow into the record
    without an error: either all that are left, up to a bound, or those before the next
    quote. The first case shows because the reader asks for a line when none is left. In
    the second, text follows that next quote, which only strict reading refuses. Within
    one line such text is accepted, as in `"good" ,1`, because no row can be lost there.
    """

    def __init__(self, file: IO[str], delimiter: str) -> None:
        csv.field_size_limit(sys.maxsize)  # for the whole module; by default 131,072 characters
        self._delimiter = delimiter
        self._reader = csv.reader(self._lines(file), delimiter=delimiter)
        self._taken: list[str] = []  # lines of the current record
        self._characters = 0  # in those lines
        self._ended = False
        self.first_line = 0

    @property
    def last_line(self) -> int:
        return self._reader.line_num

    def __next__(self) -> list[str] | DataError:
        fields: list[str] = []
        while not fields:
            self._taken.clear()
            self._characters = 0
            self.first_line = self._reader.line_num + 1
            fields = next(self._reader)
        if self._ended:
            return _never_closed(self)
        if len(self._taken) > 1 and not self._is_strict():
            return _text_after_quote(self)
        return fields

    def _lines(self, file: Iterable[str]) -> Iterator[str]:
        """Yield lines until there are no more, or the current record is too long."""
        for line in file:
            if self._characters > _MOST_CHARACTERS:
                break
            self._characters += len(line)
            self._taken.append(line)
            yield line
        self._ended = True

    def _is_strict(self) -> bool:
        try:
            next(csv.reader(self._taken, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return False
        return True


def _never_closed(records: _Records) -> DataError:
    taken = records.last_line - records.first_line
    return DataError(
        f"A quote in this row is not closed in the {taken} lines that follow, and no row "
        "after it is read.",
        "Close it, or double each quote inside a text.",
    )


def _text_after_quote(records: _Records) -> DataError:
    return DataError(
        f"Text stands after a closing quote in line {records.last_line}, so this row takes "
        f"lines {records.first_line} to {records.last_line}.",
        "Close the quote that opens in this row, or double each quote inside a text.",
    )


def _too_long() -> DataError:
    return DataError("The row has more fields than the heading.", "Put the text in quotes.")
