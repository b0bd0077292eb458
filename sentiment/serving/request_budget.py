"""How many requests wait for their answers, of all callers and of one address.

Each holds a connection. At most half of the connections wait, so that who comes then still
gets one, on which to hear when to come again. Short texts would take all connections long
before the queue is full, because it is bounded in tokens. There is no lock: it is used only
on the event loop.
"""

import contextlib
from collections.abc import Callable, Iterator

from sentiment.errors import QueueFull
from sentiment.serving.fairness import Room, partition
from sentiment.settings import ServingSettings

_RETRY_S = 1


class RequestBudget:
    """Counts requests from their headers to their answers; a caller who is known leaves some."""

    def __init__(self, settings: ServingSettings, refused: Callable[[str], object]) -> None:
        """`refused` is told why a request was refused, in one word for the metrics."""
        self._refused = refused
        self._all = Room(max(1, settings.max_connections // 2))
        self._most_of_one = max(1, settings.max_connections_per_address // 2)
        self._by_address: dict[str, Room] = {}

    @contextlib.contextmanager
    def place(self, address: str) -> Iterator[None]:
        """Count a request as long as the context lasts; raise `QueueFull` if it is one too many.

        `address` is that of the connection, as `address_of` gives it.
        """
        caller = partition()
        rooms = [self._all]
        if address:
            rooms.append(self._by_address.get(address) or Room(self._most_of_one))
        if not all(room.has(1, caller) for room in rooms):
            self._refused("requests_full")
            raise QueueFull(f"{self._all.taken:,} requests wait for their answers.", _RETRY_S)
        for room in rooms:
            room.take(1, caller)
        if address:
            self._by_address[address] = rooms[-1]
        try:
            yield
        finally:
            for room in rooms:
                room.take(-1, caller)
            if address and not rooms[-1].taken:
                del self._by_address[address]
