"""The records of a CSV or TSV file, by the standard library's reader, and what is wrong with one.

If a quote is not closed, `csv.reader` takes the lines that follow into the record without
an error: either all that are left, up to a bound, or those before the next quote.
"""

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator

from sentiment.data.rows.dialect import Dialect, is_strict
from sentiment.errors import DataError

_MOST_CHARACTERS = 1 << 24  # in a record of several lines; 16 times the longest text predicted
_NEIGHBOURS = 50
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
        self._spans: deque[int] = deque([1], maxlen=_NEIGHBOURS)  # lines of the records before

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

    def merged(self, width: int) -> bool:
        """Return whether the current record looks like several rows in one.

        It does if it takes far more lines than those before it, or if each of its lines
        holds as many delimiters as a row of `width` fields. In prose with commas that
        happens by chance where lines or fields are few, so there it takes more of them.
        """
        lines, longest = len(self._taken), max(self._spans)
        self._spans.append(lines)
        if lines == 1:
            return False
        if lines > _MANY_LINES and lines > _MANY_LINES * longest:
            return True
        delimiter = self.dialect.delimiter
        by_chance = delimiter == "," and lines + width < 5
        rows = all(line.count(delimiter) == width - 1 for line in self._taken)
        return width > 1 and rows and not by_chance

    def _lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines until there are no more, or the current record is too long."""
        for line in lines:
            if self._characters > _MOST_CHARACTERS:
                break
            self._characters += len(line)
            self._taken.append(line)
            yield line
        self._ended = True


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
