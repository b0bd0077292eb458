"""Texts to predict, one at a time, from a file or standard input.

Streams: nothing is held but the line at hand. A bad line comes out as the
error it is, in its place, and the next one follows.
"""

import csv
import json
import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sentiment.data.parquet import read_column
from sentiment.errors import DataError, SentimentError
from sentiment.text import check_text

KINDS = (".txt", ".csv", ".jsonl", ".parquet")
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
        yield from _checked(enumerate(_standard_input(), 1))
        return
    try:
        yield from _checked(_of_file(path, column))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def _of_file(path: Path, column: str) -> "Iterator[tuple[int, str | SentimentError]]":
    kind = path.suffix.lower()
    if not path.is_file():
        raise DataError(f"No such file: {path}.", f"Pass a file ({', '.join(KINDS)}), or --text.")
    if kind not in KINDS:
        raise DataError(
            f"{path} has an ending that is not known: {path.suffix or 'none'}.",
            f"Known are {', '.join(KINDS)}; other text goes in through standard input.",
        )
    if kind == ".parquet":
        yield from read_column(path, column)
        return
    reader = {".txt": _plain, ".csv": _csv, ".jsonl": _json}[kind]
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from reader(file, column)


def json_values(file: IO[str]) -> Iterator[tuple[int, Any]]:
    """Yield number and value of each line that is not blank; a `DataError` where it is no JSON."""
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = DataError("The line is not valid JSON.", "Mend or remove it.")
        yield number, value


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
            yield line.decode(encoding, errors="surrogateescape").rstrip("\r\n")


def _checked(lines: "Iterable[tuple[int, str | SentimentError]]") -> Iterator[Line]:
    for number, text in lines:
        if isinstance(text, SentimentError):
            yield Line(number, error=text)
            continue
        try:
            check_text(text, MAX_CHARACTERS)
        except SentimentError as error:
            yield Line(number, error=error)
        else:
            yield Line(number, text)


def _plain(file: IO[str], _: str) -> "Iterator[tuple[int, str | SentimentError]]":
    for number, line in enumerate(file, 1):
        yield number, line.rstrip("\r\n")


def _csv(file: IO[str], column: str) -> "Iterator[tuple[int, str | SentimentError]]":
    csv.field_size_limit(sys.maxsize)
    rows = csv.DictReader(file)
    if column not in (rows.fieldnames or ()):
        raise DataError(
            f"{file.name} has no column {column!r}; it has {list(rows.fieldnames or ())}.",
            "Name yours with --text-column.",
        )
    for row in rows:
        if None in row:
            yield (
                rows.line_num,
                DataError("The row has more fields than the heading.", "Put the text in quotes."),
            )
        elif row[column] is None:
            yield (
                rows.line_num,
                DataError(f"The row has no column {column!r}.", "Mend or remove it."),
            )
        else:
            yield rows.line_num, row[column]


def _json(file: IO[str], column: str) -> "Iterator[tuple[int, str | SentimentError]]":
    for number, row in json_values(file):
        if isinstance(row, DataError):
            yield number, row
        elif not isinstance(row, dict) or column not in row:
            yield (
                number,
                DataError(
                    f"The line is no object with a {column!r}.", "Name yours with --text-column."
                ),
            )
        else:
            yield number, row[column]
