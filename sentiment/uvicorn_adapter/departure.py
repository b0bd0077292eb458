"""Tells who answers a request that its caller has left.

ASGI tells it to who awaits `receive()`, which would take a task of its own for each request.
"""

from collections.abc import Callable

DEPARTURE = "sentiment.departure"
"""The name under which the scope of a request has its `Departure`."""


class Departure:
    """Whether the caller of one request has left, and who is told when it does."""

    def __init__(self) -> None:
        self.happened = False
        self._listener: Callable[[], object] | None = None

    def tell(self, listener: Callable[[], object] | None) -> None:
        """Call `listener` when the caller leaves, at once if it has left; None: nobody any more."""
        self._listener = listener
        if self.happened and listener is not None:
            listener()

    def happen(self) -> None:
        """Note that the caller has left."""
        self.happened = True
        if self._listener is not None:
            self._listener()
