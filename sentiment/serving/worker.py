"""What a worker process knows of the server that started it, and that it ends with it.

`bentoml serve` is two processes or more: a parent that holds the port, and workers that
answer. `supervisor` is the parent's side.
"""

import ctypes
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

# Not SENTIMENT_*, because it is no setting: the parent tells it to its workers.
_VARIABLE = "_SENTIMENT_WORKER"

_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True)
class Origin:
    """Where a worker comes from."""

    parent: int
    """The pid of the process that started it."""
    workers: int
    """How many workers share the machine."""
    restarts: int
    """How many workers had ended unasked before it was started."""

    def to_environment(self) -> dict[str, str]:
        """Return the environment variable that hands this down to a worker."""
        return {_VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self | None:
        """Return what this worker was told, None in a process that is no supervised worker."""
        told = (os.environ if environment is None else environment).get(_VARIABLE)
        return None if told is None else cls(**json.loads(told))


def end_with(parent: int) -> None:
    """Get SIGTERM from the kernel when the process `parent` ends, however it ends.

    Otherwise a worker whose parent was killed would keep the port, and nobody would stop or
    restart it. Only Linux has this (prctl(2)); elsewhere nothing is done.
    """
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before the line above
        os.kill(os.getpid(), signal.SIGTERM)
