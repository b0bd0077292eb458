"""Ctrl-C and SIGTERM during training: the step is finished before anything stops."""

import signal
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """Training was told to stop; a checkpoint has been written."""


class StopSignals:
    """While entered, the first signal is noted and a second one acts at once."""

    def __init__(self) -> None:
        self.noted = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        for number in _SIGNALS:
            signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.noted = True
        signal.signal(number, self._before[number])
