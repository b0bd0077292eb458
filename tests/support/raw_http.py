"""HTTP/1.1 over a bare socket, for what no client library would send."""

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """One answer, as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def code(self) -> str:
        """Return the code of the one shape of errors."""
        error: dict[str, Any] = json.loads(self.body)["error"]
        assert error.keys() == {"code", "message", "details"}
        code: str = error["code"]
        return code


@contextlib.contextmanager
def connected(url: str, seconds: float = 30) -> Iterator[socket.socket]:
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=seconds) as connection:
        yield connection


def request(
    target: str, body: bytes | None = None, method: str = "", headers: tuple[str, ...] = ()
) -> bytes:
    """Return a request; one with a body is JSON and declares its length."""
    lines = [f"{method or ('GET' if body is None else 'POST')} {target} HTTP/1.1", "Host: here"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + (body or b"")


def send(connection: socket.socket, data: bytes) -> None:
    """Send as much as the other side takes."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(data)


def until_closed(connection: socket.socket) -> list[Answer]:
    """Return all answers that come until the other side closes; a reset fails."""
    data = bytearray()
    while piece := connection.recv(65536):
        data += piece
    return list(_answers(bytes(data)))


def next_answer(connection: socket.socket) -> Answer:
    """Return the next answer; nothing may follow it yet."""
    data = bytearray()
    while True:
        piece = connection.recv(65536)
        assert piece, f"closed after {bytes(data)!r}"
        data += piece
        if b"\r\n\r\n" in data:
            answers = list(_answers(bytes(data)))
            if answers:
                (answer,) = answers
                return answer


def _answers(data: bytes) -> Iterator[Answer]:
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        status = int(first.split(" ")[1])
        if status != 100:
            yield Answer(status, headers, rest[:length])
        data = rest[length:]
