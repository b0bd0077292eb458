"""SIGTERM and SIGINT: drain first, then let uvicorn stop, within a bounded time.

Left to itself, uvicorn waits for open connections before it tells the application to stop,
and as BentoML starts it, it waits without limit. So a drain would begin when nothing is
left to drain, and a client that stops reading would keep the process running for ever.
"""

import asyncio
import math
import signal
from collections.abc import Awaitable, Callable
from types import FrameType

from sentiment.bentoml_adapter import UvicornServer, on_stop_signals


def drain_on_signals(close: Callable[[], Awaitable[None]], patience: float) -> None:
    """Await `close` on the first stop signal, then pass the received signals on to uvicorn.

    `close` should take at most `patience` seconds. In what is left of them, at least one
    second, clients can read their answers. A further SIGINT ends the wait.
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
