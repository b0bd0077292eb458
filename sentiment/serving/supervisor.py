"""What the parent of the workers does when one of them ends unasked.

It is logged with pid and signal and counted, and another worker takes its place, which is
ready in seconds. When it happens again and again the server ends, so that whatever
started it, such as Kubernetes, sees it. `worker` is the workers' side.
"""

import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable

from sentiment.bentoml_adapter import (
    end_where_nothing_can_listen,
    start_without_folders,
    watch_workers,
)
from sentiment.serving.worker import Origin

log = logging.getLogger("sentiment.serving")

WINDOW_S = 300.0
"""Restarts older than this are forgotten."""


class Supervisor:
    """Counts the workers that ended unasked, and decides when to give up."""

    def __init__(self, max_restarts: int, now: Callable[[], float] = time.monotonic) -> None:
        self._max_restarts = max_restarts
        self._now = now
        self._recent: deque[float] = deque()
        self._restarts = 0

    def environment(self, workers: int) -> dict[str, str]:
        """Return what is handed down to the next of `workers` workers."""
        return Origin(os.getpid(), workers, self._restarts).to_environment()

    def ended(self, pid: int, exit_code: int) -> bool:
        """Log that a worker ended; return whether another should be started.

        `exit_code` is negative for a signal, as in `subprocess`.
        """
        now = self._now()
        while self._recent and now - self._recent[0] > WINDOW_S:
            self._recent.popleft()
        what = f"worker {pid} {_how(exit_code)}; the requests that it had are lost"
        if len(self._recent) >= self._max_restarts:
            log.error(
                "%s; giving up after %d restarts in %.0f s", what, len(self._recent), WINDOW_S
            )
            return False
        self._recent.append(now)
        self._restarts += 1
        log.error(
            "%s; restart %d of at most %d in %.0f s",
            *(what, len(self._recent), self._max_restarts, WINDOW_S),
        )
        return True


def _how(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    number = -exit_code
    try:
        name = f"{signal.Signals(number).name} ({number})"
    except ValueError:  # a real-time signal
        name = f"signal {number}"
    hint = ", as the kernel does when memory is short" if number == signal.SIGKILL else ""
    return f"was killed by {name}{hint}"


def _no_port(host: str, port: int, error: OSError) -> str:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return (
        f"error: {address} can't be listened on: {os.strerror(error.errno or 0)}. "
        "Choose a port that is free: bentoml serve service:Sentiment --port 3001"
    )


def supervise(max_restarts: int) -> None:
    """Supervise the workers that `bentoml serve` starts from this process."""
    supervisor = Supervisor(max_restarts)
    start_without_folders()
    end_where_nothing_can_listen(_no_port)
    watch_workers(supervisor.environment, supervisor.ended)
