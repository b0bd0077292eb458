"""The records of a CSV or TSV file, by the standard library's reader, and what is wrong with one.

If a quote is not closed, `csv.reader` takes the lines that follow into the record without
an error: either all that are left, up to a bound, or those before the next quote.
"""

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from sentiment.data.rows.dialect import Dialect, is_strict
from sentiment.errors import DataError

_MOST_CHARACTERS = 1 << 24  # in a record of several lines; 16 times the longest text predicted
_NEIGHBOURS = 50
_NOT_IN_PROSE = "\t|"
_MANY_LINES = 8  # and as many times the lines of the longest neighbour, for a record to stand out


class Records(Iterator["list[str] | DataError"]):
    """The records of a file that are not blank; a malformed one comes as an error.

    That a quote is never closed shows because the reader asks for a line when none is left.
    Where another quote follows, text mostly stands after it, which only strict reading
    refuses. Within one line such text is accepted, as in `"good" ,1`, because no row can be
    lost there.
    """

    def __init__(self, lines: Iterable[str], dialect: Dialect) -> None:
        csv.field_size_limit(sys.maxsize)  # for the whole module; by default 131,072 characters
        self.dialect = dialect
        self.first_line = 0
        self.blank = 0
        """Lines without any field so far."""
        self._reader = csv.reader(self._lines(lines), **dialect.options())
        self._taken: list[str] = []  # lines of the current record
        self._characters = 0  # in those lines
        self._ended = False
        self._spans: deque[int] = deque(maxlen=_NEIGHBOURS)  # lines of the records before

    @property
    def last_line(self) -> int:
        return self._reader.line_num

    def __next__(self) -> list[str] | DataError:
        fields: list[str] = []
        while not fields:
            self._taken.clear()
            self._characters = 0
            self.first_line = self._reader.line_num + 1
            try:
                fields = next(self._reader)
            except csv.Error as error:
                return DataError(f"The row cannot be read: {error}.", "Mend or remove it.")
            self.blank += not fields
        if self._ended and self.dialect.quote is not None:
            return _never_closed(self)
        if len(self._taken) > 1 and not is_strict(self.dialect, self._taken):
            return _text_after_quote(self)
        return fields

    def merged(self, fields: Sequence[str], width: int) -> bool:
        """Return whether the current record, whose `fields` these are, looks like several rows.

        It does if it takes far more lines than those before it; if most of its lines have
        just the delimiters of a row of `width` fields, without the space that follows them
        in prose or the end of the line; and if a field has as many delimiters as a row has
        fields, where no prose has such delimiters. Of 14,665 reviews of several lines,
        written as CSV of two columns, 22 look so.
        """
        lines, longest = len(self._taken), max(self._spans, default=0)
        self._spans.append(lines)
        delimiter = self.dialect.delimiter
        if delimiter in _NOT_IN_PROSE and any(field.count(delimiter) >= width for field in fields):
            return True
        if lines == 1:
            return False
        if longest and lines > _MANY_LINES * longest:
            return True
        row_like = sum(_is_row_like(line, delimiter, width) for line in self._taken)
        return width > 1 and 2 * row_like > lines

    def _lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines until there are no more, or the current record is too long."""
        for line in lines:
            if self._characters > _MOST_CHARACTERS:
                break
            self._characters += len(line)
            self._taken.append(line)
            yield line
        self._ended = True


def _is_row_like(line: str, delimiter: str, width: int) -> bool:
    """Return whether a line has so many fields, each right behind a delimiter, some of them empty.

    Behind a delimiter that prose has too, not all may be.
    """
    behind = line.rstrip("\r\n").split(delimiter)[1:]
    if len(behind) != width - 1:
        return False
    if delimiter in _NOT_IN_PROSE:
        return True
    return any(behind) and not any(field.startswith(" ") for field in behind)


def _never_closed(records: Records) -> DataError:
    taken = records.last_line - records.first_line
    return DataError(
        f"A quote in this row is not closed in the {taken} lines that follow, and no row "
        "after it is read.",
        "Close it, double each quote inside a text, or pass --unquoted if quotes are letters "
        "like others.",
    )


def _text_after_quote(records: Records) -> DataError:
    return DataError(
        f"Text stands after a closing quote in line {records.last_line}, so this row takes "
        f"lines {records.first_line} to {records.last_line}.",
        "Close the quote that opens in this row, double each quote inside a text, or pass "
        "--unquoted if quotes are letters like others.",
    )
