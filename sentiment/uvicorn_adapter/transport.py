"""A transport that asks its connection before it closes."""

import asyncio
from collections.abc import Callable
from typing import Any


class Transport(asyncio.Transport):
    """Passes all on to the transport `behind` it, but for what its connection decides."""

    def __init__(
        self, behind: Any, close: Callable[[], None], may_read: Callable[[], bool]
    ) -> None:
        super().__init__()
        self.behind = behind
        self.ending = False
        self._close = close
        self._may_read = may_read

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.behind.get_extra_info(name, default)

    def write(self, data: Any) -> None:
        self.behind.write(data)

    def is_closing(self) -> bool:
        return self.ending or self.behind.is_closing()

    def close(self) -> None:
        self._close()

    def abort(self) -> None:
        self.behind.abort()

    def pause_reading(self) -> None:
        self.behind.pause_reading()

    def resume_reading(self) -> None:
        if self._may_read():
            self.behind.resume_reading()
