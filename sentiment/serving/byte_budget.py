"""How many bytes of bodies are in flight, from the first byte to the answer, in all requests.

A body whose length is declared takes all of it before it is read; any other takes what has
come. It has no lock: it is used only on the event loop.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from sentiment.errors import QueueFull
from sentiment.serving.fairness import Room, partition

_SMALL = 64 << 10  # as much as uvicorn buffers of a body that nobody reads
_SHARE_OF_SMALL = 8  # they have so much of the budget on top of it
_RETRY_S = 1  # a body of 8 MB takes about as long on a fast line


class ByteBudget:
    """A bound for all bodies together, and some bytes more for those up to 64 KiB.

    So callers who send large bodies, or who declare them and send nothing, do not keep out
    those who send a review. Nor does a caller who is known keep out another.
    """

    def __init__(self, limit: int) -> None:
        self._all = Room(limit)
        self._small = Room(max(limit // _SHARE_OF_SMALL, _SMALL))

    def pools(self, size: int) -> Sequence[Room]:
        """Return the pools from which a body of so many bytes may take them, in that order."""
        return (self._small, self._all) if size <= _SMALL else (self._all,)

    def taken(self) -> int:
        """Return the bytes that are in flight."""
        return self._small.taken + self._all.taken


class Reservation:
    """The bytes that one request has taken, of one pool; leaving the context frees them."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._pool = budget.pools(0)[0]
        self._size = 0
        self._caller = partition()

    def grow(self, size: int) -> None:
        """Take so many bytes in all; raise `QueueFull` if there are not as many."""
        if size == self._size:
            return
        for pool in self._budget.pools(size):
            freed = self._size if pool is self._pool else 0
            if pool.has(size, self._caller, freed):
                self._free()
                pool.take(size, self._caller)
                self._pool, self._size = pool, size
                return
        taken = self._budget.taken()
        raise QueueFull(f"Bodies of {taken:,} bytes are being read and answered.", _RETRY_S)

    def _free(self) -> None:
        self._pool.take(-self._size, self._caller)
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._free()
