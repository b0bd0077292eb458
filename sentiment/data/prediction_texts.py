"""Texts to predict, one at a time, from a file or standard input.

Streams: nothing is held but the line at hand. A bad line comes out as the
error it is, in its place, and the next one follows.
"""

import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.data import rows
from sentiment.data.rows import ABSENT, Column, Row
from sentiment.errors import DataError, SentimentError
from sentiment.text import check_text

KINDS = (".txt", *rows.KINDS)
MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Line:
    """One line (of Parquet: row): its number from 1, and a text or the error that it is."""

    number: int
    text: str = ""
    error: SentimentError | None = None


def read_lines(path: Path | None, column: str) -> Iterator[Line]:
    """Yield the lines of a file of one of `KINDS`, or of standard input (plain text).

    Raises `DataError` on a file that is missing, unreadable, of another kind, or
    without `column`.
    """
    if path is None:
        yield from (_checked(number, text) for number, text in _numbered(_standard_input()))
        return
    kind = path.suffix.lower()
    if not path.is_file():
        raise DataError(f"No such file: {path}.", f"Pass a file ({', '.join(KINDS)}), or --text.")
    if kind not in KINDS:
        raise DataError(
            f"{path} has an ending that is not known: {path.suffix or 'none'}.",
            f"Known are {', '.join(KINDS)}; other text goes in through standard input.",
        )
    if kind == ".txt":
        yield from _plain(path)
    else:
        for row in rows.read_rows(path, [Column(column, "--text-column")]):
            yield _of_row(row, column)


def ahead(lines: Iterator[Line], most: int) -> Iterator[list[Line]]:
    """Yield what has arrived, up to `most` lines at once, without waiting for more.

    A slow pipe gets each line answered as it comes, a file full batches.
    """
    arrived: queue.Queue[Line | None] = queue.Queue(2 * most)
    failure: list[BaseException] = []

    def read() -> None:
        try:
            for line in lines:
                arrived.put(line)
        except BaseException as error:  # raised again below, where it can be caught
            failure.append(error)
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    while first := arrived.get():
        batch = [first]
        while len(batch) < most and not arrived.empty():
            if (line := arrived.get()) is None:
                arrived.put(None)
                break
            batch.append(line)
        yield batch
    if failure:
        raise failure[0]


def _standard_input() -> Iterator[str]:
    """Yield the lines of standard input, undecodable bytes kept to be reported.

    Through a buffer of its own: the interpreter takes the lock of `sys.stdin.buffer`
    as it ends, and aborts when the thread of `ahead` waits for input in it.
    """
    with open(sys.stdin.fileno(), "rb", closefd=False) as file:
        for number, line in enumerate(file):
            encoding = "utf-8" if number else "utf-8-sig"
            yield line.decode(encoding, errors="surrogateescape")


def _numbered(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    return enumerate((line.rstrip("\r\n") for line in lines), 1)


def _plain(path: Path) -> Iterator[Line]:
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            for number, text in _numbered(file):
                yield _checked(number, text)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def _of_row(row: Row, column: str) -> Line:
    if row.error is not None:
        return Line(row.number, error=row.error)
    (text,) = row.values
    if text is ABSENT:
        error = DataError(
            f"The row has no column {column!r}.",
            "Mend or remove it, or name yours with --text-column.",
        )
        return Line(row.number, error=error)
    return _checked(row.number, text)


def _checked(number: int, text: Any) -> Line:
    try:
        check_text(text, MAX_CHARACTERS)
    except SentimentError as error:
        return Line(number, error=error)
    return Line(number, text)
