"""The rows of a CSV or TSV file: records under a heading, or numbered columns without one."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from sentiment.data.rows.content import open_content
from sentiment.data.rows.csv_records import Records
from sentiment.data.rows.decoding import as_text
from sentiment.data.rows.dialect import (
    SAMPLE_CHARACTERS,
    SAMPLE_LINES,
    Dialect,
    delimiter_line,
    find_dialect,
)
from sentiment.data.rows.kinds import find_kind
from sentiment.data.rows.notes import Notes
from sentiment.data.rows.row import ABSENT, Column, Row, Tell, find_columns, untold
from sentiment.errors import DataError, UsageError
from sentiment.settings import FileSettings


@dataclass(frozen=True)
class _Layout:
    """Where the columns asked for stand in a record, and how long a record may be."""

    places: list[int]
    least: int
    """Fields up to the last column that has a name."""
    most: int
    trailing: bool
    """Whether each row ends with a delimiter more than the heading has."""


def read(
    path: Path, columns: Sequence[Column], settings: FileSettings, tell: Tell
) -> Iterator[Row]:
    """Yield the rows under the heading; a wholly empty file has neither."""
    notes = Notes(path, tell)
    with _open(path, settings, columns[0].name, tell) as (records, sample):
        layout = _layout(path, records, sample, columns, settings)
        if layout is None:
            return
        if layout.trailing:
            notes.say(
                f"each row ends with a {records.dialect.delimiter!r} that the heading does not "
                "have; the empty field behind it is left out."
            )
        for fields in records:
            if isinstance(fields, DataError):
                yield Row(records.first_line, error=fields)
            elif not any(field.strip() for field in fields):
                notes.empty += 1
            else:
                if records.merged(fields, layout.least):
                    notes.doubt(records.first_line, _merged(records))
                yield _row(records.last_line, fields, layout)
        notes.empty += records.blank
        notes.finish()


def names(path: Path, settings: FileSettings) -> list[str]:
    """Return the columns that the heading names."""
    with _open(path, settings, "", untold) as (records, _):
        return _heading(path, records) or []


@contextmanager
def _open(
    path: Path, settings: FileSettings, column: str, tell: Tell
) -> Iterator[tuple[Records, "_Sample"]]:
    """Yield the records of a file, and its first lines once more."""
    kind = find_kind(path) or ""
    with (
        open_content(path) as content,
        as_text(content, str(path), settings.encoding, tell) as text,
    ):
        first = next(text, "")
        told = delimiter_line(first)
        if told is not None and settings.delimiter is None:
            settings = settings.model_copy(update={"delimiter": told})
        taken = _take(text if told else chain([first] if first else [], text))
        whole = len(taken) < SAMPLE_LINES and sum(map(len, taken)) < SAMPLE_CHARACTERS
        sample = taken if whole else taken[: max(1, len(taken) - 1)]  # the last may be endless
        dialect = find_dialect(sample, whole, kind, settings, column)
        records = Records(chain(["\n"] if told else [], taken, text), dialect)
        records.blank -= told is not None  # its line is counted, but is no row
        yield records, _Sample(sample, whole, dialect)


@dataclass(frozen=True)
class _Sample:
    lines: list[str]
    whole: bool
    dialect: Dialect

    def widths(self) -> list[int]:
        """Return how many fields the first records have, the heading's first.

        A record that ends with an empty field counts as that many less than none.
        """
        records = [each for each in Records(self.lines, self.dialect) if isinstance(each, list)]
        if not self.whole and len(records) > 1:
            records.pop()
        filled = [fields for fields in records if any(map(str.strip, fields))]
        return [-len(fields) if not fields[-1] else len(fields) for fields in filled]


def _take(lines: Iterable[str]) -> list[str]:
    """Return the first lines, which are enough to find out the dialect."""
    taken: list[str] = []
    characters = 0
    for line in islice(lines, SAMPLE_LINES):
        taken.append(line)
        characters += len(line)
        if characters >= SAMPLE_CHARACTERS:
            break
    return taken


def _layout(
    path: Path,
    records: Records,
    sample: _Sample,
    columns: Sequence[Column],
    settings: FileSettings,
) -> _Layout | None:
    """Return how records are laid out, as the heading or the first of them says."""
    widths = sample.widths()
    if settings.no_header:
        if not widths:
            return None
        width = abs(widths[0])
        return _Layout([_place(path, column, width) for column in columns], width, width, False)
    heading = _heading(path, records)
    if heading is None:
        return None
    places = find_columns(path, heading, columns, "or pass --no-header if its first line is a row")
    least = max(place for place, name in enumerate(heading, 1) if name)
    trailing = len(widths) > 2 and set(widths[1:]) == {-len(heading) - 1}
    return _Layout(places, least, len(heading) + trailing, trailing)


def _heading(path: Path, records: Records) -> list[str] | None:
    """Return the names in the first record, if there is one; raise `DataError` if malformed."""
    heading = next(records, None)
    if isinstance(heading, DataError):
        raise DataError(f"{path} cannot be read as {find_kind(path)}: its heading: {heading}")
    return None if heading is None else [name.strip() for name in heading]


def _place(path: Path, column: Column, width: int) -> int:
    if not column.name.isdecimal():
        raise UsageError(
            f"With --no-header columns are numbers, and {column.flag} is {column.name!r}.",
            f"Pass {column.flag} 1 for the first column.",
        )
    if not 1 <= int(column.name) <= width:
        raise DataError(
            f"{path} has no column {column.name}; its first row has {width}.",
            f"Name yours with {column.flag}.",
        )
    return int(column.name) - 1


def _row(line: int, fields: Sequence[str], layout: _Layout) -> Row:
    if len(fields) > layout.most or (layout.trailing and any(fields[layout.most - 1 :])):
        return Row(line, error=_too_long())
    if len(fields) < layout.least:
        return Row(line, error=_too_short(len(fields), layout.least))
    return Row(line, tuple(fields[at] if at < len(fields) else ABSENT for at in layout.places))


def _merged(records: Records) -> str:
    return (
        f"this row takes lines {records.first_line} to {records.last_line}, and looks like "
        "several in one. Close the quote that opens in it, or pass --unquoted if quotes are "
        "letters like others."
    )


def _too_long() -> DataError:
    return DataError("The row has more fields than the heading.", "Put the text in quotes.")


def _too_short(fields: int, least: int) -> DataError:
    return DataError(
        f"The row has {fields} of {least} fields.",
        "Put a text of several lines in quotes, or add what is missing.",
    )
