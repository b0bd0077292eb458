"""Requests as bytes, for what no HTTP client would send."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.fire.target import Target

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


def head(path: str, *lines: str, method: str = "POST") -> bytes:
    """Return the head of a request with these header lines."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def post(body: bytes, *lines: str, path: str = "/predict", announced: int | None = None) -> bytes:
    """Return a request with a JSON body; `announced` is its length where that is not the truth."""
    length = len(body) if announced is None else announced
    kind = () if any(line.lower().startswith("content-type:") for line in lines) else (JSON,)
    return head(path, *kind, f"Content-Length: {length}", *lines) + body


JSON = "Content-Type: application/json"


def text_body(text: str) -> bytes:
    return json.dumps({"text": text}).encode()


def exchange(
    target: Target, parts: Iterable[bytes], seconds: float = 20, half_close: bool = False
) -> bytes:
    """Send bytes and return what comes back until the server closes, for at most `seconds`.

    With `half_close` the sending side is closed after them.
    """
    received, end = b"", time.monotonic() + seconds
    with contextlib.suppress(OSError), socket.create_connection(target.address, 5) as connection:
        connection.settimeout(seconds)
        with contextlib.suppress(OSError):  # refused early: the answer may be there all the same
            for part in parts:
                connection.sendall(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        while (left := end - time.monotonic()) > 0:
            connection.settimeout(left)
            chunk = connection.recv(65536)
            if not chunk:
                break
            received += chunk
    return received


def statuses(received: bytes) -> list[int]:
    """Return the statuses of the answers in what was received."""
    return [int(status) for status in _STATUS.findall(received)]


def ask(target: Target, request: bytes, seconds: float = 20) -> int:
    """Return the status of the one answer to a request that asks to be the last; 0: none."""
    found = statuses(
        exchange(target, [request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)], seconds)
    )
    return found[0] if found else 0


def all_at_once(target: Target, requests: Sequence[bytes], seconds: float = 60) -> list[int]:
    """Send each request on a connection of its own, all at once; return their statuses."""
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(lambda request: ask(target, request, seconds), requests))


def counts(found: Sequence[int]) -> str:
    """Return how often each status was seen, in words."""
    names = {status: str(status) if status else "no answer" for status in found}
    return ", ".join(f"{found.count(status):,} x {names[status]}" for status in sorted(names))


@contextlib.contextmanager
def held_open(target: Target, sent: bytes, count: int) -> Iterator[list[socket.socket]]:
    """Keep `count` connections open, each of which has sent this and reads nothing."""
    with contextlib.ExitStack() as stack:
        connections = []
        for _ in range(count):
            with contextlib.suppress(OSError):
                connection = stack.enter_context(socket.create_connection(target.address, 5))
                connection.settimeout(5)
                connections.append(connection)
                connection.sendall(sent)
        yield connections
