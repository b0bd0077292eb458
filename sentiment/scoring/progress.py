"""How far a run is, of how much: texts, files and the time left, on a terminal.

How many texts there are is known when all are read. Until then it is estimated from how many
of the bytes have given how many texts.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from sentiment.scoring.chunks import Chunk
from sentiment.scoring.committed import Committed


class Progress:
    """A bar over a corpus; nothing is shown where the output is no terminal."""

    def __init__(self, sizes: Sequence[int | None], committed: Committed) -> None:
        """Take the bytes of each file, None where that is not known, and what is committed."""
        from tqdm import tqdm

        self._sizes, self._committed = sizes, committed
        self._bytes = [0.0] * len(sizes)
        """Of each file, what the committed chunks were made of."""
        self.bar: Any = tqdm(
            initial=committed.rows,
            unit="text",
            desc="scoring",
            smoothing=0,  # each chunk computes its long texts first, so a recent rate misleads
            dynamic_ncols=True,
            disable=None,  # tqdm's way to ask for no bar where output is not a terminal
        )
        self._show()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.bar.close()

    def committed(self, chunk: Chunk) -> None:
        """Take note that a chunk is committed."""
        done = len(self._committed.names[chunk.file])
        self._bytes[chunk.file] = chunk.position * done / (chunk.number + 1)
        self._show()

    def _show(self) -> None:
        files = range(len(self._sizes))
        complete = [file for file in files if self._committed.is_complete(file)]
        if len(files) > 1:
            self.bar.set_description(f"scoring, {len(complete)} of {len(files)} files done")
        self.bar.total = estimate(self._committed, self._sizes, self._bytes)
        self.bar.refresh()


def estimate(
    committed: Committed, sizes: Sequence[int | None], read: Sequence[float]
) -> int | None:
    """Return how many texts there are, None while that cannot be told.

    `read` holds the bytes of each file that the committed chunks were made of. It is exact
    when all files are complete.
    """
    files = range(len(sizes))
    if all(committed.is_complete(file) for file in files):
        return committed.rows
    known = [size for size in sizes if size is not None]
    done = sum((sizes[file] or 0) if committed.is_complete(file) else read[file] for file in files)
    if len(known) < len(sizes) or not done:
        return None
    return max(committed.rows, round(committed.rows * sum(known) / done))
