"""Sends requests to a server from a process of its own, and keeps what came back.

In a closed loop there is a number of callers, and each asks again once it is answered. In
an open loop requests are sent at a rate, whether or not earlier ones were answered. It uses
a bare asyncio protocol, because the load shares its cores with the server. The caller of
`send` decides whether a reply is right.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from httptools import HttpResponseParser

_PATIENCE_S = 60


@dataclass(frozen=True)
class Load:
    """What to send: `concurrency` callers for `seconds`, or `rate` requests a second."""

    url: str
    bodies: list[str]
    seconds: float
    concurrency: int = 0
    rate: float = 0.0
    key: str = ""
    """An API key, sent with each request unless it is empty."""


@dataclass(frozen=True)
class Reply:
    """One request: which body, when it was sent, how long it took, and what came back."""

    place: int
    started: float
    seconds: float
    status: int
    """The HTTP status, or 0 if the connection failed."""
    retry_after: bool
    body: str

    @property
    def ended(self) -> float:
        """Seconds from the beginning of the load to the reply."""
        return self.started + self.seconds


def send(load: Load) -> list[Reply]:
    """Run the load in a process of its own; return the replies in the order they came."""
    command = [sys.executable, "-m", "benchmarks.serving.load"]
    given = json.dumps(asdict(load))
    ended = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True)
    return [Reply(*values) for values in json.loads(ended.stdout)]


class _Connection(asyncio.Protocol):
    """A connection with one request at a time; `done` gets status, retry-after and body."""

    def __init__(self) -> None:
        self.closed = False
        self._done: Done | None = None

    def ask(self, request: bytes, done: "Done") -> None:
        """Send a request; `done` is called once, with status 0 if the connection breaks."""
        self._done, self._retry_after, self._body = done, False, bytearray()
        self._parser = HttpResponseParser(self)
        self._transport.write(request)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        self._finish(0, (type(error).__name__ if error else "ConnectionClosed").encode())

    def on_header(self, name: bytes, value: bytes) -> None:
        self._retry_after |= name.lower() == b"retry-after" and value.isdigit()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.closed |= not self._parser.should_keep_alive()
        self._finish(self._parser.get_status_code(), bytes(self._body))

    def _finish(self, status: int, body: bytes) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(self, status, self._retry_after, body)


Done = Callable[[_Connection, int, bool, bytes], None]


class _Client:
    """Sends requests and keeps the replies; connections are reused."""

    def __init__(self, load: Load) -> None:
        parts = urlsplit(load.url)
        self._load = load
        self._address = parts.hostname or "", parts.port or 80
        head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        head += "Content-Type: application/json\r\n"
        head += f"Authorization: Bearer {load.key}\r\n" if load.key else ""
        encoded = [body.encode() for body in load.bodies]
        self._requests = [
            f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in encoded
        ]
        self._loop = asyncio.get_running_loop()
        self._idle: list[_Connection] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, float] = {}  # when each request was sent, by its number
        self._sent = 0
        self._over = asyncio.Event()
        self.replies: list[Reply] = []

    async def run(self) -> None:
        """Send the load; return once all is answered, or a minute after its end."""
        self._zero = self._loop.time()
        self._end = self._zero + self._load.seconds
        for _ in range(self._load.concurrency):
            self._send()
        if not self._load.concurrency:
            self._send_what_is_due()
        self._loop.call_at(self._end, self._note_the_end)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._load.seconds + _PATIENCE_S):
                await self._over.wait()
        for number in list(self._waiting):
            self._keep(number, 0, False, b"TimeoutError")

    def _send_what_is_due(self) -> None:
        """Send one request for each interval that has begun; schedule a call for the next."""
        now = self._loop.time()
        while (due := self._zero + self._sent / self._load.rate) <= now and due < self._end:
            self._send()
        if due < self._end:
            self._loop.call_at(due, self._send_what_is_due)

    def _send(self) -> None:
        number = self._sent
        self._sent += 1
        self._waiting[number] = self._loop.time()
        request = self._requests[number % len(self._requests)]
        done = partial(self._answered, number)
        while self._idle and self._idle[-1].closed:
            self._idle.pop()
        if self._idle:
            self._idle.pop().ask(request, done)
        else:
            opening = self._loop.create_task(self._open(number, request, done))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    async def _open(self, number: int, request: bytes, done: Done) -> None:
        try:
            _, connection = await self._loop.create_connection(_Connection, *self._address)
        except OSError as error:
            self._keep(number, 0, False, type(error).__name__.encode())
        else:
            connection.ask(request, done)

    def _answered(
        self, number: int, connection: _Connection, status: int, retry_after: bool, body: bytes
    ) -> None:
        self._idle.append(connection)
        self._keep(number, status, retry_after, body)

    def _keep(self, number: int, status: int, retry_after: bool, body: bytes) -> None:
        now = self._loop.time()
        started = self._waiting.pop(number)
        place = number % len(self._requests)
        self.replies.append(
            Reply(place, started - self._zero, now - started, status, retry_after, body.decode())
        )
        if now < self._end and self._load.concurrency:
            self._send()
        self._note_the_end()

    def _note_the_end(self) -> None:
        if not self._waiting and self._loop.time() >= self._end:
            self._over.set()


async def _run(load: Load) -> list[Reply]:
    client = _Client(load)
    await client.run()
    return client.replies


def main() -> None:
    """Read a load as JSON from standard input; write the replies as JSON to standard output."""
    import uvloop

    given: dict[str, Any] = json.load(sys.stdin)
    replies = uvloop.run(_run(Load(**given)))
    json.dump([list(asdict(reply).values()) for reply in replies], sys.stdout)


if __name__ == "__main__":
    main()
