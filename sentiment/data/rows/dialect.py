"""How the rows of a CSV or TSV file are written: delimiter, quotes, escapes.

The first lines are read in each way that is likely. The way that finds the column which
holds the text wins, and among those the one in which most rows are as long as the first.
Only that column decides, so that whoever reads a file reads it in the same way.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sentiment.settings import FileSettings

SAMPLE_LINES = 200
SAMPLE_CHARACTERS = 1 << 18
_DELIMITERS = {".csv": ",;\t|", ".tsv": "\t,;|"}
_TOLD_BY_EXCEL = re.compile(r'"?sep=(.)"?[\r\n]*')  # a first line that Excel writes and obeys
_ONE_FIELD = 0.75  # that rows are no rows but one field each is less likely than that they are


@dataclass(frozen=True)
class Dialect:
    """How to read a file, as the `csv` module has it."""

    delimiter: str = ","
    quote: str | None = '"'
    """None where quotes are letters like others."""
    escape: str | None = None
    spaced: bool = False
    """Whether a space may stand between a delimiter and a quote."""

    def options(self) -> dict[str, Any]:
        """Return the arguments of `csv.reader`."""
        options: dict[str, Any] = {"delimiter": self.delimiter, "skipinitialspace": self.spaced}
        if self.quote is None:
            return options | {"quoting": csv.QUOTE_NONE}
        return options | {"quotechar": self.quote, "escapechar": self.escape}


def delimiter_line(line: str) -> str | None:
    """Return the delimiter that a line `sep=;` tells, which is no heading."""
    told = _TOLD_BY_EXCEL.fullmatch(line)
    return told[1] if told else None


def find_dialect(
    lines: Sequence[str], whole: bool, kind: str, settings: FileSettings, column: str
) -> Dialect:
    """Return how a file of `kind` is written whose first `lines` are these.

    `whole` says that no others follow. `column` is the name of the column of texts, or its
    number in a file without a heading.
    """
    candidates = list(_candidates(lines, kind, settings))
    if len(candidates) == 1:
        return candidates[0]
    scores = [_score(dialect, lines, whole, settings, column) for dialect in candidates]
    return candidates[scores.index(max(scores))]  # the first of the best: the likelier ones lead


def _candidates(lines: Sequence[str], kind: str, settings: FileSettings) -> Iterator[Dialect]:
    delimiters = _DELIMITERS[kind] if settings.delimiter is None else settings.delimiter
    if settings.unquoted:
        yield from (Dialect(delimiter, quote=None) for delimiter in delimiters)
        return
    text = "".join(lines)
    quotes = "\"'" if lines and lines[0].startswith("'") else '"'
    spaces = (False, True) if re.search(r"[,;\t|] [\"']", text) else (False,)
    for quote in quotes:
        for escape, spaced, delimiter in product(_escapes(text, quote), spaces, delimiters):
            yield Dialect(delimiter, quote, escape, spaced)


def _escapes(text: str, quote: str) -> list[str | None]:
    """Return how quotes inside a text may be escaped: by another quote alone, or a backslash.

    Whoever doubles quotes writes a backslash before one as three characters, so where no
    quote is doubled, the backslash is the likelier.
    """
    if f"\\{quote}" not in text:
        return [None]
    return [None, "\\"] if quote * 2 in text else ["\\", None]


def _score(
    dialect: Dialect, lines: Sequence[str], whole: bool, settings: FileSettings, column: str
) -> tuple[bool, float, int]:
    """Return whether the column is found, the share of rows as long as the first, and how few
    fields are still in quotes.
    """
    records, malformed = _parse(dialect, lines)
    if not whole and len(records) > 1:
        records.pop()  # it may be cut off
    if not records:
        return False, 0.0, 0
    heading, *rows = records
    found = _has_number(heading, column) if settings.no_header else column in _names(heading)
    share = sum(len(row) == len(heading) for row in rows) / len(rows) if rows else 1.0
    share -= malformed / (len(rows) + 1)
    share *= 1.0 if len(heading) > 1 else _ONE_FIELD
    quoted = sum(_is_quoted(field, dialect.quote) for row in records for field in row)
    return found, share, -quoted


def _is_quoted(field: str, quote: str | None) -> bool:
    """Return whether a field is in quotes behind a space, so that they were taken for letters."""
    if quote is None or not field.startswith(" "):
        return False
    inside = field.strip()
    return len(inside) > 1 and inside.startswith(quote) and inside.endswith(quote)


def _parse(dialect: Dialect, lines: Sequence[str]) -> tuple[list[list[str]], int]:
    """Return the records that are not blank, and how many of them strict reading refuses."""
    csv.field_size_limit(1 << 30)
    reader = csv.reader(lines, **dialect.options())
    records: list[list[str]] = []
    malformed = 0
    while True:
        before = reader.line_num
        try:
            record = next(reader, None)
        except csv.Error:
            return records, malformed + 1
        if record is None:
            return records, malformed
        if record:
            records.append(record)
            taken = lines[before : reader.line_num]
            malformed += dialect.quote is not None and not is_strict(dialect, taken)


def is_strict(dialect: Dialect, lines: Sequence[str]) -> bool:
    """Return whether lines are one record without text after a closing quote."""
    try:
        next(csv.reader(lines, strict=True, **dialect.options()))
    except csv.Error:
        return False
    return True


def _names(heading: Sequence[str]) -> list[str]:
    return [name.strip() for name in heading]


def _has_number(fields: Sequence[str], column: str) -> bool:
    return column.isdecimal() and 1 <= int(column) <= len(fields)
