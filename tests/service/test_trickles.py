"""Callers who send on for ever, a little at a time, over bare sockets: each is cut off."""

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sentiment.serving.access.connections import BOUNDS
from tests.support.raw_http import connected, next_answer, request, until_closed
from tests.support.servers import contract_server

GOOD = b'{"text": "good film"}'
QUICK = replace(BOUNDS, body_seconds=0.3, quiet_seconds=1.0, late_seconds=0.3, unread_seconds=0.3)
PATIENCE_S = 20  # the slowest machine; a trickle that is not cut off goes on for 30 s


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    settings = {"header_seconds": 0.3, "max_body_bytes": 4000}
    with contract_server(tokenizer_folder, bounds=QUICK, idle_s=1, **settings) as (address, _):
        yield address


def seconds_until_cut_off(connection: socket.socket, piece: bytes) -> float:
    """Send a piece every tenth of a second until it is objected to."""
    since = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < since + PATIENCE_S:
            connection.sendall(piece)
            time.sleep(0.1)
    return time.monotonic() - since


@pytest.mark.parametrize(
    ("sent", "piece"),
    [
        pytest.param(b"GET /livez HTTP/1.1\r\nA: ", b"a", id="a head"),
        pytest.param(request("/livez") + b"GET /livez HTTP/1.1\r\nA: ", b"a", id="a second head"),
        pytest.param(b"", b"\r\n", id="empty lines"),
        pytest.param(request("/livez"), b"\r\n", id="empty lines after an answer"),
        pytest.param(request("/predict", b" " * 3000)[:-3000], b" ", id="a body"),
        pytest.param(request("/predict", b" " * 9000)[:-9000], b" ", id="a body that is refused"),
        pytest.param(request("/livez", b" " * 3000)[:-3000], b" ", id="a body that nobody reads"),
    ],
)
def test_what_trickles_is_cut_off(url: str, sent: bytes, piece: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(sent)
        assert seconds_until_cut_off(connection, piece) < PATIENCE_S


def test_who_is_too_slow_gets_to_read_why(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nA: ")
        (answer,) = until_closed(connection)
    assert (answer.status, answer.code()) == (408, "request_too_slow")


def test_an_empty_line_does_not_keep_a_connection_open(url: str) -> None:
    with connected(url, PATIENCE_S) as connection:
        connection.sendall(request("/livez"))
        assert next_answer(connection).status == 200
        connection.sendall(b"\r\n")
        assert until_closed(connection) == []


def test_what_is_refused_may_come_to_its_end_if_it_comes_fast(url: str) -> None:
    """Over more time than without a byte it would have."""
    with connected(url) as connection:
        connection.sendall(request("/predict", b" " * 300_000)[:-300_000])
        for _ in range(30):
            connection.sendall(b" " * 10_000)
            time.sleep(0.1)
        (answer,) = until_closed(connection)
    assert answer.status == 413
