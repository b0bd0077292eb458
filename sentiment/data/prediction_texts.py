"""Texts to predict, one at a time, from a file or standard input.

Texts are streamed: only the current line is in memory. A bad line is yielded as an error
in its place, and reading continues with the next line.
"""

import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentiment.data.rows import (
    ABSENT,
    KINDS,
    Column,
    Row,
    Tell,
    column_names,
    find_kind,
    read_rows,
    unknown_kind,
    untold,
)
from sentiment.data.rows.decoding import as_text
from sentiment.data.rows.row import no_such_column
from sentiment.errors import DataError, SentimentError
from sentiment.settings import FileSettings
from sentiment.text import check_text, is_utf8
from sentiment.waiting import next_of

MAX_CHARACTERS = 1_000_000
_AS_FOUND = FileSettings.parse({})


@dataclass(frozen=True)
class Line:
    """One line, or one row of Parquet: its number from 1, and its text or what is wrong with it."""

    number: int
    text: str = ""
    error: SentimentError | None = None
    kept: tuple[Any, ...] = ()
    """The values of the columns asked for; none of a row that cannot be read."""
    row: int = 0
    """The number from 1 of the row in its file, whatever is dropped before it."""


def read_lines(
    path: Path | None,
    column: str,
    keep: Sequence[str] = (),
    *,
    settings: FileSettings = _AS_FOUND,
    tell: Tell = untold,
) -> Iterator[Line]:
    """Yield the lines of a file of one of `KINDS`, or of standard input (plain text).

    `settings` say how the file is to be read; `tell` is called with what a user should know
    of lines that can be read. Raises `DataError` on a file that is missing, unreadable, of
    another kind, or without the column `column` or one of those to `keep`.
    """
    if path is None:
        yield from _standard_input(settings, tell)
        return
    if not path.is_file():
        if str(path) == "-" or (path.exists() and not path.is_dir()):
            raise DataError(
                f"{path} is no file that can be read anew.",
                "Leave it out: standard input is read then, a text a line.",
            )
        raise DataError(f"No such file: {path}.", f"Pass a file ({', '.join(KINDS)}), or --text.")
    if find_kind(path) is None:
        raise unknown_kind(path, KINDS, "Other text goes in through standard input.")
    others = [name for name in keep if name != column]
    asked = [Column(column, "--text-column"), *(Column(name, "--keep") for name in others)]
    places = [1 + others.index(name) if name != column else 0 for name in keep]
    looked = False
    for row in read_rows(path, asked, settings, tell):
        if not looked and row.error is None:
            looked = True  # the first of all rows mostly has it, and this costs nothing
            if row.values[0] is ABSENT:
                _require_column(path, asked[0], settings)
        yield _with_kept(_of_row(row, column), row, keep, places)


def columns_of(
    path: Path, column: str, names: Sequence[str] | None, settings: FileSettings = _AS_FOUND
) -> tuple[str, ...]:
    """Return the columns to keep of a file: those named, or for None all that it has.

    `column` is that of the texts. Raises `DataError` if it has no column of a name. Plain
    text has none at all.
    """
    if find_kind(path) == ".txt":
        if names:
            raise DataError(f"{path} has no columns to keep.", "Leave out --keep.")
        return ()
    if names is None:
        return tuple(column_names(path, column, settings))
    others = [name for name in names if name != column]
    missing = set(others)
    asked = [Column(column, "--text-column"), *(Column(name, "--keep") for name in others)]
    for row in read_rows(path, asked, settings):
        found = zip(others, row.values[1:], strict=False)
        missing -= {name for name, value in found if value is not ABSENT}
        if not missing:
            break  # in JSON Lines as soon as each was seen, mostly in the first row
    if missing and (missing := missing - set(known := column_names(path, column, settings))):
        raise no_such_column(path, [Column(min(missing), "--keep")], known)
    return tuple(names)


def _require_column(path: Path, column: Column, settings: FileSettings) -> None:
    """Raise `DataError` if no row of a file of JSON has a column."""
    if column.name not in (known := column_names(path, column.name, settings)):
        raise no_such_column(path, [column], known)


def ahead(lines: Iterator[Line], most: int) -> Iterator[list[Line]]:
    """Yield lists of up to `most` lines that have arrived, without waiting for more of them.

    So each line of a slow pipe is answered as it arrives, and a fast one fills the lists.
    """
    arrived: queue.Queue[Line | None] = queue.Queue(2 * most)
    failure: list[BaseException] = []

    def read() -> None:
        try:
            for line in lines:
                arrived.put(line)
        except BaseException as error:  # raised again below, in the caller's thread
            failure.append(error)
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    while first := next_of(arrived):
        batch = [first]
        while len(batch) < most and not arrived.empty():
            if (line := arrived.get()) is None:
                arrived.put(None)
                break
            batch.append(line)
        yield batch
    if failure:
        raise failure[0]


def _standard_input(settings: FileSettings, tell: Tell) -> Iterator[Line]:
    """Yield the lines of standard input as they arrive.

    It opens a buffer of its own. At exit the interpreter takes the lock of
    `sys.stdin.buffer`, and would abort if the thread of `ahead` held it to wait for input.
    """
    with (
        open(sys.stdin.fileno(), "rb", closefd=False) as file,
        as_text(file, "Standard input", settings.encoding, tell, live=True) as lines,
    ):
        for number, line in enumerate(lines, 1):
            yield _checked(number, number, line.rstrip("\r\n"))


def _with_kept(line: Line, row: Row, keep: Sequence[str], places: Sequence[int]) -> Line:
    """Return the line with its kept values; one of which a byte is wrong makes it an error."""
    if not keep or row.error is not None:
        return line
    values = [None if row.values[at] is ABSENT else row.values[at] for at in places]
    for at, value in enumerate(values):
        if isinstance(value, str) and not is_utf8(value):
            values[at] = None
            error = DataError(f"The column {keep[at]!r} is not valid UTF-8.", "Save it as UTF-8.")
            line = replace(line, text="", error=line.error or error)
    return replace(line, kept=tuple(values))


def _of_row(row: Row, column: str) -> Line:
    if row.error is not None:
        return Line(row.number, error=row.error, row=row.ordinal)
    text = row.values[0]
    if text is ABSENT:
        error = DataError(
            f"The row has no column {column!r}.",
            "Mend or remove it, or name yours with --text-column.",
        )
        return Line(row.number, error=error, row=row.ordinal)
    return _checked(row.number, row.ordinal, text)


def _checked(number: int, ordinal: int, text: Any) -> Line:
    try:
        check_text(text, MAX_CHARACTERS)
    except SentimentError as error:
        return Line(number, error=error, row=ordinal)
    return Line(number, text, row=ordinal)
