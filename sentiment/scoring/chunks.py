"""Chunks: consecutive rows of one file that are read, scored and committed together.

Where a chunk ends depends only on the file. So a resumed run makes the same chunks and
micro-batches, and gets the same scores to the last bit. With other micro-batches it would
not: a text's logits depend a little on the texts that it is padded and computed with.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sentiment.data.prediction_texts import Line, read_lines

ROWS = 2048  # enough that sorting by length leaves little padding; 11 s of work on two cores
CHARACTERS = 4 << 20  # bounds memory where texts are long; reviews reach the rows first


@dataclass(frozen=True)
class Chunk:
    """The rows of one chunk: the `number`-th of the `file`-th file, both counted from 0."""

    file: int
    number: int
    lines: list[Line]


@dataclass(frozen=True)
class ChunkSource:
    """The files that chunks are read from, and how many chunks of each are done."""

    files: Sequence[Path]
    column: str
    """Name of the column that holds the text."""
    done: Sequence[int]
    """The number of chunks of each file that are committed already."""


def read_chunks(source: ChunkSource, rows: int = ROWS) -> Iterator[Chunk]:
    """Yield the chunks that are not done, of at most `rows` rows, file by file.

    Chunks are committed in that order, so every file before the last one begun is complete.
    """
    begun = max((index for index, chunks in enumerate(source.done) if chunks), default=0)
    for index in range(begun, len(source.files)):
        pieces = enumerate(cut(read_lines(source.files[index], source.column), rows))
        for number, lines in islice(pieces, source.done[index], None):
            yield Chunk(index, number, lines)


def cut(
    lines: Iterable[Line], rows: int = ROWS, characters: int = CHARACTERS
) -> Iterator[list[Line]]:
    """Yield lines in lists that end at `rows` lines or `characters`, whichever comes first.

    Without any lines it yields one empty list, so that an empty file has a chunk, and
    therefore an output.
    """
    piece: list[Line] = []
    size, pieces = 0, 0
    for line in lines:
        piece.append(line)
        size += len(line.text)
        if len(piece) == rows or size >= characters:
            yield piece
            piece, size, pieces = [], 0, pieces + 1
    if piece or not pieces:
        yield piece
