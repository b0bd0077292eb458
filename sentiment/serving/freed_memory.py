"""Returns to the kernel what a worker has freed.

A burst of large lists, or an overload, leaves glibc with free pages between blocks that are in
use. It would keep them for good, in each of the arenas that its threads have.
"""

import threading
from collections.abc import Callable

from sentiment.allocator import return_freed_memory

_EVERY_S = 10.0


class FreedMemory:
    """A thread that returns freed memory, some milliseconds of work, from time to time."""

    def __init__(
        self, every_s: float = _EVERY_S, give_back: Callable[[], bool] = return_freed_memory
    ) -> None:
        """`give_back` is called every `every_s` seconds, until it says that it cannot."""
        self._every_s = every_s
        self._give_back = give_back
        self._over = threading.Event()
        self.thread = threading.Thread(target=self._run, name="freed-memory", daemon=True)

    def start(self) -> None:
        """Begin, and return at once."""
        self.thread.start()

    def stop(self) -> None:
        """Return no more."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self._every_s) and self._give_back():
            pass
