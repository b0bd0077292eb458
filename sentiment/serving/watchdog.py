"""Ends a worker whose event loop has stopped turning, so that another takes its place.

Such a worker answers nobody, `/livez` included, and holds the port for ever: memory so short
that every page is read from the disk again, or a library that never returns and keeps the
GIL for itself.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable

log = logging.getLogger("sentiment.serving")

EXIT_CODE = 70  # EX_SOFTWARE of sysexits(3)

# The longest that the loop was seen to stand still with bodies as large as are taken is two
# seconds on two busy cores.
_PATIENCE = 30
_TICK_S = 1.0


def _end() -> None:
    os._exit(EXIT_CODE)  # nothing that cleans up can be relied on


class Watchdog:
    """A thread that looks after the event loop.

    It counts its own ticks instead of reading a clock, so that a process that was stopped and
    continued (SIGSTOP, a laptop that slept) is not ended for it.
    """

    def __init__(
        self,
        patience: int = _PATIENCE,
        tick_s: float = _TICK_S,
        end: Callable[[], object] = _end,
    ) -> None:
        """`end` is called when the loop has not turned for `patience` ticks of `tick_s` seconds."""
        self._patience = patience
        self._tick_s = tick_s
        self._end = end
        self._over = threading.Event()

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to watch a loop, and return at once."""
        name = "watchdog"
        threading.Thread(target=self._watch, args=(loop,), name=name, daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        turned = threading.Event()
        turned.set()
        missed = 0
        while not self._over.wait(self._tick_s):
            missed = 0 if turned.is_set() else missed + 1
            if missed >= self._patience:
                seconds = self._patience * self._tick_s
                log.critical("the event loop has stood still for %.0f s: this worker ends", seconds)
                self._end()
                return
            if not missed:
                turned.clear()
                try:
                    loop.call_soon_threadsafe(turned.set)
                except RuntimeError:  # the loop is closed
                    return
