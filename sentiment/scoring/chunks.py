"""Chunks: consecutive rows of one file that are read, scored and committed together.

Where a chunk ends depends only on the file. So a resumed run makes the same chunks and
micro-batches, and gets the same scores to the last bit. With other micro-batches it would
not: a text's logits depend a little on the texts that it is padded and computed with.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sentiment.data.files import Meter, metered
from sentiment.data.prediction_texts import Line, read_lines
from sentiment.settings import FileSettings

ROWS = 2048  # enough that sorting by length leaves little padding; 11 s of work on two cores
CHARACTERS = 4 << 20  # bounds memory where texts are long; reviews reach the rows first


@dataclass(frozen=True)
class Chunk:
    """The rows of one chunk: the `number`-th of the `file`-th file, both counted from 0."""

    file: int
    number: int
    lines: list[Line]
    last: bool = False
    """Whether the file ends with it."""
    position: int = 0
    """How far into the file its reader had come, in bytes."""
    notes: tuple[str, ...] = ()
    """What a user should know of the file, as far as it was found out with these rows."""


@dataclass(frozen=True)
class Stretch:
    """Chunks of one file for one reader: those that are not done, or each `of`-th of them.

    It is all that a reader elsewhere has to be told.
    """

    file: int
    path: Path
    column: str
    """Name of the column that holds the text."""
    keep: tuple[str, ...] = ()
    """Names of the columns that go into the output as they are."""
    settings: FileSettings = field(default_factory=partial(FileSettings.parse, {}))
    """How the file is to be read."""
    done: frozenset[int] = frozenset()
    """The numbers of the chunks that are committed already."""
    share: int = 0
    of: int = 1
    """Of so many readers, this is the one that reads chunk `share`, `share + of`, …"""


def read_chunks(stretches: Iterable[Stretch], rows: int = ROWS) -> Iterator[Chunk]:
    """Yield the chunks of each stretch, of at most `rows` rows, in order."""
    for stretch in stretches:
        meter, notes = Meter(), list[str]()
        read = read_lines(
            stretch.path,
            stretch.column,
            stretch.keep,
            settings=stretch.settings,
            tell=notes.append,
        )
        lines = metered(read, meter)
        for number, (piece, last) in enumerate(cut(lines, rows)):
            if number % stretch.of == stretch.share and number not in stretch.done:
                told = tuple(notes)
                notes.clear()
                yield Chunk(stretch.file, number, piece, last, meter.position, told)


def cut(
    lines: Iterable[Line], rows: int = ROWS, characters: int = CHARACTERS
) -> Iterator[tuple[list[Line], bool]]:
    """Yield lines in lists that end at `rows` lines or `characters`, and whether it is the last.

    Without any lines it yields one empty list, so that an empty file has a chunk, and
    therefore an output.
    """
    piece: list[Line] = []
    size = 0
    for line in lines:
        if len(piece) == rows or size >= characters:
            yield piece, False
            piece, size = [], 0
        piece.append(line)
        size += len(line.text)
    yield piece, True
