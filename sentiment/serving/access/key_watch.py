"""The keys of a file as they are now: it is read anew when it changes.

It is read once it has stayed the same between two looks, so not while somebody is writing it.
A file that has become unreadable, or holds a line that cannot be understood, leaves the keys
as they were, and the log says so. An empty file is none of these: nobody may ask any more.
"""

import asyncio
import logging
import os
from pathlib import Path

from sentiment.errors import SentimentError, UsageError
from sentiment.serving.access.keys import KeyRing
from sentiment.serving.access.keys_file import read_keys

log = logging.getLogger("sentiment.access")

_LOOK_S = 1.0  # a key that was removed is refused after two


class WatchedKeys:
    """The keys of a file, kept up to date between `start()` and `stop()`."""

    def __init__(self, path: Path) -> None:
        """Read the file; raise an error in one line if it cannot be used or has no key."""
        self._path = path
        self._seen = self._read = _signature(path)
        self.ring = KeyRing(read_keys(path))
        """The keys that are valid now; replaced as a whole."""
        if not len(self.ring):
            raise UsageError(
                f"SENTIMENT_API_KEYS_FILE, {path}, has no key, so nobody could ask.",
                "Add one with `python -m sentiment.keys add NAME`, or unset it.",
            )
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for changes."""
        self._looking = asyncio.get_running_loop().create_task(self._look())

    def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await asyncio.to_thread(self.refresh)
            except Exception as error:  # such as no thread; whoever looks no more misses removals
                log.error("the API keys were not looked at: %s", type(error).__name__)

    def refresh(self) -> None:
        """Read the file if it has changed since it was read, and not since the last look."""
        before, self._seen = self._seen, _signature(self._path)
        if self._seen != before or self._seen == self._read:
            return
        self._read = self._seen
        try:
            ring = KeyRing(read_keys(self._path))
        except SentimentError as error:
            log.error("the API keys stay as they were: %s", error)
            return
        self.ring = ring
        log.warning("%d API keys are valid from now on, read from %s", len(ring), self._path)


def _signature(path: Path) -> tuple[int, ...]:
    """Return what differs when a file is written or replaced, empty if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev
