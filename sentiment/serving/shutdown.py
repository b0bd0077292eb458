"""SIGTERM and SIGINT: drain first, then let uvicorn stop, within a bounded time.

By itself uvicorn waits for open connections, without bound as BentoML starts it, and
tells the application only then: a drain would begin when nothing is left to drain, and
a client that stops reading would hold the process for ever.
"""

import asyncio
import math
import signal
from collections.abc import Awaitable, Callable
from types import FrameType

from sentiment.bentoml_adapter import UvicornServer, on_stop_signals


def drain_on_signals(close: Callable[[], Awaitable[None]], patience: float) -> None:
    """Await `close` on the first signal to stop, then pass what came on to uvicorn.

    `close` should take at most `patience` seconds; what is left of them, at least one
    second, is for connections to take their answers. A further SIGINT ends the wait.
    Call it on the event loop of a running uvicorn. Where another server runs, or none
    handles signals, nothing is changed.
    """
    server = UvicornServer.running()
    if server is None:
        return
    loop = asyncio.get_running_loop()
    received: list[int] = []
    draining: asyncio.Task[None] | None = None

    async def drain() -> None:
        end = loop.time() + patience
        try:
            await close()
        finally:
            server.stop(received, math.ceil(max(1.0, end - loop.time())))

    def note(number: int) -> None:
        nonlocal draining
        received.append(number)
        if draining is None:
            draining = loop.create_task(drain())
        elif number == signal.SIGINT:
            draining.cancel()

    def handle(number: int, _: FrameType | None) -> None:
        loop.call_soon_threadsafe(note, number)

    on_stop_signals(handle)
