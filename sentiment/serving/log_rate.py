"""How many log lines of one kind may be written in a second; the others are counted.

A kind is a logger, a level and a message before its values are filled in.
"""

import logging
import threading
import time
from collections.abc import Callable

_LINES_PER_SECOND = 5
_KINDS = 1000  # as many are remembered: a library may fill in values by itself


class LogRate(logging.Filter):
    """Passes few lines of a kind in so many seconds, and each line only once.

    The next line of a kind that passes says how many did not.
    """

    def __init__(
        self, lines: int, clock: Callable[[], float] = time.monotonic, seconds: float = 1
    ) -> None:
        super().__init__()
        self._lines = lines
        self._span = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._last: logging.LogRecord | None = None
        self._seconds: dict[tuple[str, int, str], tuple[float, int]] = {}
        """By kind: when its seconds began, and how many lines it has had since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written; two loggers may have the same handler."""
        with self._lock:
            if record is self._last:
                return False
            self._last = record
            return self._passes(record)

    def _passes(self, record: logging.LogRecord) -> bool:
        kind = (record.name, record.levelno, str(record.msg))
        now = self._clock()
        began, lines = self._seconds.get(kind, (now, 0))
        if now - began >= self._span:
            if lines > self._lines:
                record.msg = (
                    f"{record.getMessage()} ({lines - self._lines:,} more such lines left out)"
                )
                record.args = ()
            began, lines = now, 0
        if len(self._seconds) >= _KINDS:
            self._seconds.clear()
        self._seconds[kind] = (began, lines + 1)
        return lines < self._lines


def bound_log_lines(lines: int = _LINES_PER_SECOND) -> None:
    """Bound what each handler writes that logging is configured with now."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    for handler in {handler for logger in loggers for handler in logger.handlers}:
        handler.addFilter(LogRate(lines))
