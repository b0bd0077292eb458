"""Sends requests to a server from a process of its own, and keeps what came back.

Closed loop: so many callers, each asks again once it is answered. Open loop:
requests leave at a rate, whether or not earlier ones were answered. Plain
asyncio on raw HTTP/1.1, about a tenth of a millisecond a request; whether a
reply is right is for the caller to judge.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"transfer-encoding: *chunked", re.IGNORECASE)
_RETRY = re.compile(rb"retry-after: *(\d+)", re.IGNORECASE)
_PATIENCE_S = 60


@dataclass(frozen=True)
class Load:
    """What to send: `concurrency` callers for `seconds`, or `rate` requests a second."""

    url: str
    bodies: list[str]
    seconds: float
    concurrency: int = 0
    rate: float = 0.0


@dataclass(frozen=True)
class Reply:
    """One request: which body, when it left, how long it took, and what came back."""

    place: int
    started: float
    seconds: float
    status: int
    """0 where the connection failed."""
    retry_after: bool
    body: str

    @property
    def ended(self) -> float:
        """Seconds from the beginning of the load to the reply."""
        return self.started + self.seconds


def send(load: Load) -> list[Reply]:
    """Run the load in a process of its own; return the replies in the order they came."""
    command = [sys.executable, "-m", "benchmarks.load"]
    given = json.dumps(asdict(load))
    ended = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True)
    return [Reply(*each) for each in json.loads(ended.stdout)]


class _Client:
    """Connections to one server, reused."""

    def __init__(self, load: Load) -> None:
        parts = urlsplit(load.url)
        self._address = parts.hostname, parts.port
        head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        head += "Content-Type: application/json\r\n"
        encoded = [body.encode() for body in load.bodies]
        self._requests = [
            f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in encoded
        ]
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._next = 0
        self._zero = time.perf_counter()
        self.replies: list[Reply] = []

    async def ask(self) -> None:
        """Send the next request and keep the reply."""
        place = self._next % len(self._requests)
        self._next += 1
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                status, head, body = await self._exchange(self._requests[place])
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError) as error:
            status, head, body = 0, b"", type(error).__name__.encode()
        took = time.perf_counter() - started
        retry = bool(_RETRY.search(head))
        reply = Reply(place, started - self._zero, took, status, retry, body.decode())
        self.replies.append(reply)

    async def _exchange(self, request: bytes) -> tuple[int, bytes, bytes]:
        while self._idle and self._idle[-1][0].at_eof():  # closed by the server while idle
            self._idle.pop()[1].close()
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection(*self._address)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        while _CHUNKED.search(head):
            size = int((await reader.readline()).partition(b";")[0], 16)
            chunk = await reader.readexactly(size + 2)  # with its line end
            if not size:
                break
            body += chunk[:size]
        self._idle.append((reader, writer))
        return int(head[9:12]), head, body


async def _run(load: Load) -> Sequence[Reply]:
    client = _Client(load)
    end = time.perf_counter() + load.seconds

    async def caller() -> None:
        while time.perf_counter() < end:
            await client.ask()

    if load.concurrency:
        await asyncio.gather(*(caller() for _ in range(load.concurrency)))
        return client.replies
    async with asyncio.TaskGroup() as sent:
        due = time.perf_counter()
        while due < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent.create_task(client.ask())
            due += 1 / load.rate
    return client.replies


def main() -> None:
    """Read a load as JSON from standard input, write the replies as JSON."""
    import uvloop

    given: dict[str, Any] = json.load(sys.stdin)
    replies = uvloop.run(_run(Load(**given)))
    json.dump([list(asdict(reply).values()) for reply in replies], sys.stdout)


if __name__ == "__main__":
    main()
