"""The way back from a thread to the event loop."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def tell(
    loop: asyncio.AbstractEventLoop, running: "Future[T]", done: Callable[["Future[T]"], object]
) -> None:
    """Call `done` on the event loop with what a thread runs, as soon as it has ended.

    `run_in_executor` makes a future of the event loop of it first, which takes a turn of the
    loop more.
    """

    def call(ended: "Future[T]") -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(done, ended)

    running.add_done_callback(call)
