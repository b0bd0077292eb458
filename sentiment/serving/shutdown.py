"""SIGTERM, SIGINT and SIGHUP: drain first, then let uvicorn stop, within a bounded time.

Left to itself, uvicorn waits for open connections before it tells the application to stop,
and as BentoML starts it, it waits without limit. So a drain would begin when nothing is
left to drain, and a client that stops reading would keep the process running for ever.
"""

import asyncio
import math
import signal
from types import FrameType

from sentiment.bentoml_adapter import UvicornServer, on_stop_signals
from sentiment.serving.access.connections import Connections
from sentiment.serving.model_server import ModelServer

# So long after the signal new connections are taken, if there is any: load balancers hear by
# their probes that the server is not ready, and callers whose answer was the last one on its
# connection come back once.
_STILL_ACCEPTING_S = 1.0

# So long what is connected may still ask: a request may be on its way. On a machine with more to do
# than it can, a caller may take more than a second between an answer and its next request.
_LAST_REQUESTS_S = 3.0

_LOOK_S = 0.02


def drain_on_signals(
    model_server: ModelServer, connections: Connections | None, patience: float
) -> None:
    """Drain on the first stop signal, then pass the received signals on to uvicorn.

    That takes at most `patience` seconds. In what is left of them, at least one second,
    clients can read their answers. A further SIGINT ends the wait.
    Call it on the event loop of a running uvicorn. Where another server runs, or none
    handles signals, nothing is changed.
    """
    server = UvicornServer.running()
    if server is None or connections is None:
        return
    loop = asyncio.get_running_loop()
    received: list[int] = []
    draining: asyncio.Task[None] | None = None

    async def drain() -> None:
        end = loop.time() + patience
        try:
            model_server.drain()
            await _last_answers(server, connections, end)
            await model_server.close(max(0.0, end - loop.time()))
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


async def _last_answers(server: UvicornServer, connections: Connections, end: float) -> None:
    """Answer what was asked and what still comes, and stop accepting, until `end` at most.

    New connections are taken until all that was asked before is answered, so that probes
    are told why the server is not ready.
    """
    loop = asyncio.get_running_loop()

    connections.begin_to_drain()
    asked, began = connections.busy(), loop.time()
    while loop.time() < end and (
        asked & connections.busy()
        or (connections.open() and loop.time() < began + _STILL_ACCEPTING_S)
    ):
        await asyncio.sleep(_LOOK_S)
    await server.stop_accepting()
    began = loop.time()
    while loop.time() < end and (
        connections.busy() or (connections.open() and loop.time() < began + _LAST_REQUESTS_S)
    ):
        await asyncio.sleep(_LOOK_S)
    connections.close_idle()
