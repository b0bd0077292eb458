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
    trailing: int = 0
    """How many delimiters more than the heading each row ends with."""
    heading: tuple[str, ...] = ()

    def is_repeated(self, fields: Sequence[str]) -> bool:
        """Return whether a record is the heading once more, as where files were joined.

        Of one column alone, it could be a text.
        """
        size = len(self.heading)
        return (
            size > 1
            and fields[0].strip() == self.heading[0]
            and tuple(field.strip() for field in fields[:size]) == self.heading
            and not any(fields[size:])
        )


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
            notes.say(_trailing(records.dialect, layout.trailing))
        for ordinal, fields in enumerate(records, 1):
            if isinstance(fields, DataError):
                yield Row(records.first_line, error=fields, ordinal=ordinal)
            elif not any(field.strip() for field in fields):
                notes.empty += 1
            elif layout.is_repeated(fields):
                notes.repeated.append(records.last_line)
            else:
                if records.merged(fields, layout.least):
                    notes.doubt(records.first_line, _merged(records))
                yield _row(records, ordinal, fields, layout)
        notes.empty += records.blank
        notes.finish()


def names(path: Path, settings: FileSettings, column: str) -> list[str]:
    """Return the columns that the heading names, or without one their numbers."""
    with _open(path, settings, column, untold) as (records, sample):
        if settings.no_header:
            return [str(number) for number in range(1, _width(sample) + 1)]
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
    if settings.no_header:
        if not (width := _width(sample)):
            return None
        return _Layout(_numbered(path, columns, width), width, width)
    widths = sample.widths()
    heading = _heading(path, records)
    if heading is None:
        return None
    remedy = (
        "or if its first line is a row, pass --no-header and the numbers of the columns, as in "
        + _by_number(columns)
    )
    places = find_columns(path, heading, columns, remedy)
    least = max(place for place, name in enumerate(heading, 1) if name)
    alike = len(widths) > 2 and len(set(widths[1:])) == 1
    trailing = max(0, -widths[1] - len(heading)) if alike else 0
    return _Layout(places, least, len(heading) + trailing, trailing, tuple(heading))


def _width(sample: _Sample) -> int:
    """Return how many fields the first record has, 0 if there is none."""
    return abs(next(iter(sample.widths()), 0))


def _heading(path: Path, records: Records) -> list[str] | None:
    """Return the names in the first record, if there is one; raise `DataError` if malformed."""
    heading = next(records, None)
    if isinstance(heading, DataError):
        raise DataError(f"{path} cannot be read as {find_kind(path)}: its heading: {heading}")
    return None if heading is None else [name.strip() for name in heading]


def _numbered(path: Path, columns: Sequence[Column], width: int) -> list[int]:
    """Return the places of columns that have numbers, in rows of so many fields."""
    if named := [column for column in columns if not column.name.isdecimal()]:
        told = " and ".join(f"{column.flag} is {column.name!r}" for column in named)
        raise UsageError(
            f"With --no-header columns are numbers, and {told}.",
            f"Count them from 1, as in {_by_number(columns)}.",
        )
    for column in columns:
        if not 1 <= int(column.name) <= width:
            raise DataError(
                f"{path} has no column {column.name}; its first row has {width}.",
                f"Name yours with {column.flag}.",
            )
    return [int(column.name) - 1 for column in columns]


def _by_number(columns: Sequence[Column]) -> str:
    """Return flags that name columns by numbers, in the order in which they are asked for."""
    numbers: dict[str, list[str]] = {}
    for number, column in enumerate(columns, 1):
        numbers.setdefault(column.flag, []).append(str(number))
    return " ".join(f"{flag} {','.join(each)}" for flag, each in numbers.items())


def _row(records: Records, ordinal: int, fields: Sequence[str], layout: _Layout) -> Row:
    error: DataError | None = None
    more = fields[layout.most - layout.trailing :]
    if len(fields) > layout.most or any(more):
        error = _too_long(records.dialect) if any(more) else _too_many(records.dialect, len(more))
    elif len(fields) < layout.least:
        error = _too_short(records.dialect, len(fields), layout.least)
    if error is not None:
        return Row(records.last_line, error=error, ordinal=ordinal)
    values = tuple(fields[at] if at < len(fields) else ABSENT for at in layout.places)
    return Row(records.last_line, values, ordinal=ordinal)


def _merged(records: Records) -> str:
    return (
        f"this row takes lines {records.first_line} to {records.last_line}, and looks like "
        "several in one. Close the quote that opens in it, or pass --unquoted if quotes are "
        "letters like others."
    )


def _too_long(dialect: Dialect) -> DataError:
    remedy = "Put the text in quotes."
    if dialect.quote is None:
        remedy = (
            f"Where quotes are letters, no text can hold a {dialect.delimiter!r}: take it out, or "
            "leave out --unquoted and mend the quotes."
        )
    return DataError("The row has more fields than the heading.", remedy)


def _trailing(dialect: Dialect, count: int) -> str:
    if count == 1:
        return (
            f"each row ends with a {dialect.delimiter!r} that the heading does not have; the empty "
            "field behind it is left out."
        )
    return (
        f"each row ends with {count} {dialect.delimiter!r} that the heading does not have; the "
        "empty fields behind them are left out."
    )


def _too_many(dialect: Dialect, count: int) -> DataError:
    what = f"a {dialect.delimiter!r}" if count == 1 else f"{count} {dialect.delimiter!r}"
    return DataError(
        f"The row ends with {what} more than the heading, and not each row does.", "Remove it."
    )


def _too_short(dialect: Dialect, fields: int, least: int) -> DataError:
    remedy = "Put a text of several lines in quotes, or add what is missing."
    if dialect.quote is None:
        remedy = (
            "Where quotes are letters, a row is one line: add what is missing, or leave out "
            "--unquoted and mend the quotes."
        )
    return DataError(f"The row has {fields} of {least} fields.", remedy)
