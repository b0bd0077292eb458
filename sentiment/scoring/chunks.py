"""Chunks: consecutive rows of one file that are read, scored and committed together.

Where a chunk ends depends only on the file. So a resumed run makes the same chunks and
micro-batches, and gets the same scores to the last bit. With other micro-batches it would
not: a text's logits depend a little on the texts that it is padded and computed with.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

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
    notes: tuple[str, ...] = ()
    """What a user should know of the file, as far as it was found out with these rows."""


@dataclass(frozen=True)
class ChunkSource:
    """The files that chunks are read from, and how many chunks of each are done."""

    files: Sequence[Path]
    column: str
    """Name of the column that holds the text."""
    done: Sequence[int]
    """The number of chunks of each file that are committed already."""
    settings: FileSettings = field(default_factory=partial(FileSettings.parse, {}))
    """How the files are to be read."""


def read_chunks(source: ChunkSource, rows: int = ROWS) -> Iterator[Chunk]:
    """Yield the chunks that are not done, of at most `rows` rows, file by file.

    Chunks are committed in that order, so every file before the last one begun is complete.
    """
    begun = max((index for index, chunks in enumerate(source.done) if chunks), default=0)
    for index in range(begun, len(source.files)):
        notes: list[str] = []
        lines = read_lines(
            source.files[index], source.column, settings=source.settings, tell=notes.append
        )
        for number, piece in islice(enumerate(cut(lines, rows)), source.done[index], None):
            yield Chunk(index, number, piece, tuple(notes))
            notes.clear()


def cut(
    lines: Iterable[Line], rows: int = ROWS, characters: int = CHARACTERS
) -> Iterator[list[Line]]:
    """Yield lines in lists that end at `rows` lines or `characters`, whichever comes first.

    Without any lines it yields one empty list, so that an empty file has a chunk, and
    therefore an output.
    """
    piece: list[Line] = []
    size = 0
    for line in lines:
        if len(piece) == rows or size >= characters:
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line.text)
    yield piece
