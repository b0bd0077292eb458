"""The uvicorn server of a worker: its application, connections, certificate and end."""

import asyncio
import contextlib
import os
import select
import signal
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sentiment.bentoml_adapter.certificates import certificate_context
from sentiment.bentoml_adapter.signals import HANGUP, stop_signals
from sentiment.listening import take_no_new_connection

# In which a connection that a caller has begun comes about, between continents too. It is less than
# the second after which callers try again whose first packet was dropped.
_HANDSHAKE_S = 0.3


class UvicornServer:
    """The uvicorn server of this process, as `bentoml serve` starts it in each worker.

    BentoML gives no access to it: neither its command line nor its configuration sets
    what is needed here, and a middleware of the service runs only inside BentoML's own.
    """

    def __init__(self, server: Any) -> None:
        self._server = server

    @classmethod
    def running(cls) -> "UvicornServer | None":
        """Return the server, or None where another ASGI server runs the application.

        uvicorn handles SIGTERM with a method of its server object. The object can be
        reached only through this handler.
        """
        import uvicorn

        owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        return cls(owner) if isinstance(owner, uvicorn.Server) else None

    def wrap_application(self, wrap: Callable[[Any], Any]) -> None:
        """Replace the ASGI application by what `wrap` returns, from the next connection on."""
        config = self._server.config
        config.loaded_app = wrap(config.loaded_app)

    def make_connections(self, make: Callable[..., Any]) -> None:
        """Let `make` make each connection, with the arguments that uvicorn gives to its own."""
        config = self._server.config
        if not config.loaded:
            config.load()
        config.http_protocol_class = make

    async def stop_accepting(self) -> None:
        """Accept what has connected already, then take no connection any more.

        The parent process has the listening socket too, so to close it here is not enough:
        callers could still connect, and would wait until the parent ends. Shutting it down
        refuses them, which they may take for a reason to try another server. Those that connect
        while it is shut down would be reset, so nobody can by then, where the kernel helps.
        """
        servers = getattr(self._server, "servers", ())  # none before it has started
        listening = [
            socket.socket(fileno=os.dup(each.fileno()))
            for server in servers
            for each in server.sockets
        ]
        closed = [take_no_new_connection(each) for each in listening]
        if closed and all(closed):
            await asyncio.sleep(_HANDSHAKE_S)
        quiet = 0
        for _ in range(1000):  # without file descriptors left, for one, nothing can be accepted
            quiet = 0 if _ready_to_read(listening) else quiet + 1
            if quiet == 2:  # what was accepted in the turn before has been made a connection
                break
            await asyncio.sleep(0)  # a turn of the event loop, which accepts
        for server in servers:
            server.close()
        for each in listening:
            with each, contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RD)

    def keep_idle_connections(self, seconds: int) -> None:
        """Close a connection only after `seconds` without a request."""
        self._server.config.timeout_keep_alive = seconds

    def certificate_files(self) -> tuple[Path, ...]:
        """Return the files of the certificate and its key, none where there is no TLS."""
        config = self._server.config
        return tuple(Path(each) for each in (config.ssl_certfile, config.ssl_keyfile) if each)

    def renew_certificate(self) -> None:
        """Read these files again, for the connections from now on.

        Raises what `certificate_context` does where they do not fit, and then the former ones are
        still in use: to load others into the context in use could leave it without a key.
        """
        config = self._server.config
        fresh = certificate_context(vars(config))

        def present(connection: Any, *_: Any) -> None:
            connection.context = fresh

        config.ssl.sni_callback = present  # called whether the caller names a host or not

    def stop(self, received: list[int], seconds: int) -> None:
        """Let uvicorn handle the signals `received`, and give connections `seconds` to end."""
        self._server.config.timeout_graceful_shutdown = seconds
        for number in stop_signals():
            signal.signal(number, self._server.handle_exit)
        for number in received:
            self._server.handle_exit(signal.SIGTERM if number == HANGUP else number, None)


def _ready_to_read(sockets: Iterable[socket.socket]) -> bool:
    poll = select.poll()
    for each in sockets:
        poll.register(each, select.POLLIN)
    return bool(poll.poll(0))
