"""Ctrl-C and SIGTERM during training: the step is finished before anything stops."""

import os
import signal
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)
_NOTED = b"\nStopping after this step or validation, with a checkpoint; again stops at once.\n"


class Interrupted(KeyboardInterrupt):
    """A signal asked training to stop, and a checkpoint has been written."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + number  # as shells report a process that a signal ended


class StopSignals:
    """A context in which the first signal is only noted, and a second one acts at once."""

    def __init__(self, talks: bool = True) -> None:
        self.noted = 0
        self._talks = talks
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

    def requested(self) -> int:
        """Return the number of a signal that any process got, or 0; all return the same."""
        from accelerate.utils import gather_object

        return int(max(gather_object([self.noted])))

    def _note(self, number: int, _: FrameType | None) -> None:
        self.noted = number
        self.__exit__(None, None, None)
        if self._talks:
            with suppress(OSError):  # the terminal may be closed
                os.write(2, _NOTED)  # print is not reentrant: the signal may have interrupted one
