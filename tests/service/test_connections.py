"""What a connection may do, over bare sockets: bounds, deadlines, half-closed ways, upgrades."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from sentiment.inference.fake import FakeEngine
from sentiment.serving.access.connections import BOUNDS
from tests.support.keys import Keys
from tests.support.raw_http import connected, next_answer, request, send, until_closed
from tests.support.runners import Gate
from tests.support.servers import contract_server, wait_until

GOOD = b'{"text": "good film"}'
CHUNKED = ("Content-Type: application/json", "Transfer-Encoding: chunked")
QUICK = replace(BOUNDS, body_seconds=0.3, quiet_seconds=0.3, unread_seconds=0.3)


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder, max_body_bytes=4000) as (address, _):
        yield address


@pytest.fixture(scope="module")
def impatient(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder, bounds=QUICK, header_seconds=0.3) as (address, _):
        yield address


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return request("/predict", method="POST", headers=CHUNKED) + framed + b"0\r\n" + trailers


# --- bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(request("/livez", headers=("A: b",) * 101), id="101 headers"),
        pytest.param(request("/livez", headers=("A: b",) * 100_000), id="100,000 headers"),
        pytest.param(request("/livez", headers=("A: " + "b" * 2**20,)), id="a header of 1 MB"),
        pytest.param(request("/" + "a" * 2**20), id="a target of 1 MB"),
        pytest.param(b"GET /livez HTTP/1.1\r\nA: " + b"b" * 2**21, id="a header without an end"),
        pytest.param(b"GET /livez HTTP/1.1\r\nA" + b"a" * 2**21, id="a name without an end"),
        pytest.param(
            b"GET /livez HTTP/1.1\r\nA: " + b"b" * 70_000, id="the first piece of a header"
        ),
        pytest.param(chunked(GOOD, trailers=b"A: b\r\n" * 101 + b"\r\n"), id="101 trailers"),
        pytest.param(
            chunked(GOOD, trailers=b"A: " + b"b" * 2**20 + b"\r\n\r\n"), id="a trailer of 1 MB"
        ),
        pytest.param(
            request("/predict", method="POST", headers=CHUNKED)
            + b"%x;%s\r\n%s\r\n0\r\n\r\n" % (len(GOOD), b"a" * 2**20, GOOD),
            id="a chunk extension of 1 MB",
        ),
        pytest.param(
            request("/predict", method="POST", headers=CHUNKED)
            + (b"1;" + b"a" * 4000 + b"\r\n \r\n") * 500,
            id="extensions of 2 MB in all",
        ),
    ],
)
def test_what_is_no_body_is_bounded(url: str, sent: bytes) -> None:
    with connected(url) as connection:
        send(connection, sent)
        (answer,) = until_closed(connection)
    assert (answer.status, answer.code()) == (431, "headers_too_large")
    assert answer.headers["connection"] == "close"


def test_usual_headers_chunks_and_trailers_are_no_cause_for_refusal(url: str) -> None:
    headers = tuple(f"A-{place}: {'b' * 300}" for place in range(90))
    pieces = [GOOD[place : place + 1] for place in range(len(GOOD))]
    with connected(url) as connection:
        connection.sendall(request("/predict", GOOD, headers=headers))
        assert next_answer(connection).status == 200
        connection.sendall(chunked(*pieces, trailers=b"Content-Type: text/plain\r\n\r\n"))
        assert next_answer(connection).status == 200
        connection.sendall(request("/livez"))
        assert next_answer(connection).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01 hello\r\n\r\n",
        b"GET /livez\r\n\r\n",
        b"GET /livez HTTP/2.0\r\nHost: here\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: here\r\nHost: there\r\n\r\n",
    ],
)
def test_what_is_no_http_is_an_error_of_the_one_shape(url: str, sent: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(sent)
        (answer,) = until_closed(connection)
    assert (answer.status, answer.code()) == (400, "bad_request")


def test_a_body_that_breaks_off_its_framing_ends_its_own_request(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(request("/predict", method="POST", headers=CHUNKED) + b"zz\r\n")
        (answer,) = until_closed(connection)
    assert (answer.status, answer.code()) == (400, "bad_request")


def test_an_unreadable_request_does_not_take_the_answer_of_the_one_before(
    tokenizer_folder: Path,
) -> None:
    gate, engine = Gate(), FakeEngine()
    with contract_server(tokenizer_folder, engine) as (url, _), connected(url) as connection:
        engine.before = gate
        connection.sendall(request("/predict", GOOD) + b"\x00\r\n\r\n")
        assert gate.reached.wait(20)
        gate.open()
        (answer,) = until_closed(connection)
    assert answer.status == 200


# --- time -------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"GET /livez HTTP/1.1\r\nHost: he"])
def test_a_head_that_never_ends_is_not_waited_for(impatient: str, sent: bytes) -> None:
    with connected(impatient) as connection:
        connection.sendall(sent)
        answers = until_closed(connection)
    assert [answer.code() for answer in answers] == (["request_too_slow"] if sent else [])


def test_the_next_head_on_a_connection_has_its_own_time(impatient: str) -> None:
    with connected(impatient) as connection:
        connection.sendall(request("/livez"))
        assert next_answer(connection).status == 200
        connection.sendall(b"GET /livez HT")
        (answer,) = until_closed(connection)
    assert answer.status == 408


def test_half_a_body_is_not_waited_for(impatient: str) -> None:
    with connected(impatient) as connection:
        connection.sendall(request("/predict", GOOD)[:-5])
        (answer,) = until_closed(connection)
    assert (answer.status, answer.code()) == (408, "request_too_slow")


def test_half_a_body_ends_after_its_504(tokenizer_folder: Path) -> None:
    bounds = replace(BOUNDS, quiet_seconds=0.3)
    with (
        contract_server(tokenizer_folder, bounds=bounds, timeout=0.05) as (url, _),
        connected(url) as connection,
    ):
        connection.sendall(request("/predict", GOOD)[:-5])
        (answer,) = until_closed(connection)
    assert (answer.status, answer.code()) == (504, "deadline_exceeded")
    assert answer.headers["connection"] == "close"


def test_a_caller_that_does_not_read_is_not_waited_for(impatient: str) -> None:
    address = httpx.URL(impatient)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((address.host, address.port))
        connection.settimeout(30)
        with contextlib.suppress(ConnectionError):
            while connection.sendall(request("/openapi.json") * 20) is None:
                time.sleep(0.2)  # until the answers of some megabytes are in the buffers between


def test_requests_that_are_sent_ahead_are_answered_in_order_up_to_a_number(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(request("/livez") * 50 + request("/model") + request("/nothing"))
        connection.shutdown(socket.SHUT_WR)
        statuses = [answer.status for answer in until_closed(connection)]
    assert statuses == [200] * 51 + [404]
    with connected(url) as connection:
        connection.sendall(request("/livez") * 3000)
        assert 100 < len(until_closed(connection)) < 1000


# --- how many -----------------------------------------------------------------------------


def test_the_newest_of_too_many_connections_are_refused_but_no_probe(
    tokenizer_folder: Path,
) -> None:
    limits = {"max_connections": 16, "path_prefix": "/api"}
    with contract_server(tokenizer_folder, **limits) as (url, _):
        with contextlib.ExitStack() as silent:
            first = silent.enter_context(connected(url))
            for _ in range(350):
                silent.enter_context(connected(url))
            for probe in ("/livez", "/readyz", "/healthz", "/api/livez", "/v2/health/ready"):
                assert httpx.get(f"{url}{probe}").status_code == 200
            refused = httpx.get(f"{url}/model")
            first.sendall(request("/predict", GOOD))
            assert next_answer(first).status == 200
        assert (refused.status_code, refused.json()["error"]["code"]) == (
            503,
            "too_many_connections",
        )
        assert "retry-after" in refused.headers
        wait_until(lambda: httpx.get(f"{url}/model").status_code == 200, 20)
        counted = httpx.get(f"{url}/metrics").text
    assert 'sentiment_refusals_total{reason="too_many_connections"}' in counted


def test_one_address_cannot_have_all_connections(tokenizer_folder: Path) -> None:
    with contract_server(tokenizer_folder, max_connections_per_address=2) as (url, _):
        with connected(url), connected(url):
            assert httpx.get(f"{url}/model").status_code == 503
            assert httpx.get(f"{url}/livez").status_code == 200
        wait_until(lambda: httpx.get(f"{url}/model").status_code == 200, 20)


@contextlib.contextmanager
def callers_of(url: str, number: int, content: bytes) -> Iterator[list[socket.socket]]:
    """Yield connections on each of which a request was sent."""
    with contextlib.ExitStack() as stack:
        callers = [stack.enter_context(connected(url)) for _ in range(number)]
        for caller in callers:
            caller.sendall(content)
        yield callers


@pytest.mark.parametrize("limit", [{"max_connections": 16}, {"max_connections_per_address": 16}])
def test_half_of_the_connections_are_kept_to_say_come_later(
    tokenizer_folder: Path, limit: dict[str, int]
) -> None:
    gate, engine = Gate(), FakeEngine()
    with contract_server(tokenizer_folder, engine, **limit) as (url, model_server):
        engine.before = gate
        with callers_of(url, 8, request("/predict", GOOD)) as waiting, connected(url) as more:
            assert gate.reached.wait(20)
            wait_until(lambda: model_server.runner_load().waiting_texts == 7, 20)
            for _ in range(2):  # on the same connection, which stays
                more.sendall(request("/predict", GOOD))
                refused = next_answer(more)
                assert (refused.status, refused.code()) == (429, "overloaded")
                assert refused.headers["retry-after"] == "1"
            gate.open()
            assert [next_answer(connection).status for connection in waiting] == [200] * 8
            more.sendall(request("/predict", GOOD))
            assert next_answer(more).status == 200
        counted = httpx.get(f"{url}/metrics").text
    assert 'sentiment_refusals_total{reason="requests_full"} 2.0' in counted


def test_a_key_whose_requests_wait_leaves_room_for_another_behind_the_same_proxy(
    tokenizer_folder: Path, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    greedy, other = (
        request("/predict", GOOD, headers=(f"X-API-Key: {keys.add(name)}",))
        for name in ("greedy", "other")
    )
    limits = {"max_connections_per_address": 64, "api_keys_file": keys.path}
    gate, engine = Gate(), FakeEngine()
    with contract_server(tokenizer_folder, engine, **limits) as (url, model_server):
        engine.before = gate
        with callers_of(url, 40, greedy) as many, connected(url) as single:
            wait_until(lambda: model_server.runner_load().waiting_texts == 23, 20)
            single.sendall(other)
            wait_until(lambda: model_server.runner_load().waiting_texts == 24, 20)
            gate.open()
            assert next_answer(single).status == 200
            statuses = [next_answer(connection).status for connection in many]
    assert (statuses.count(200), statuses.count(429)) == (24, 16)  # three quarters of 32 places


# --- half-closed ways ---------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_a_caller_that_has_sent_all_it_will_send_is_answered(
    tokenizer_folder: Path, count: int
) -> None:
    gate, engine = Gate(), FakeEngine()
    with contract_server(tokenizer_folder, engine) as (url, _), connected(url) as connection:
        engine.before = gate
        connection.sendall(request("/predict", GOOD) * count)
        connection.shutdown(socket.SHUT_WR)
        assert gate.reached.wait(20)
        gate.open()
        answers = until_closed(connection)
    assert [answer.status for answer in answers] == [200] * count


def test_a_caller_that_has_left_is_noticed_while_its_text_waits(tokenizer_folder: Path) -> None:
    """It looks like one that has sent all it will send."""
    gate, engine = Gate(), FakeEngine()
    with contract_server(tokenizer_folder, engine) as (url, model_server):
        engine.before = gate
        with connected(url) as first:
            first.sendall(request("/predict", GOOD))
            assert gate.reached.wait(20)
            with connected(url) as leaver:
                leaver.sendall(request("/predict", GOOD))
                wait_until(lambda: model_server.runner_load().waiting_texts == 1, 20)
            wait_until(lambda: model_server.runner_load().waiting_texts == 0, 20)
            gate.open()
            assert next_answer(first).status == 200


def test_a_reset_leaves_the_others_alone(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(request("/predict", GOOD))
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    assert httpx.get(f"{url}/livez").status_code == 200


# --- upgrades -----------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["h2c", "websocket", "TLS/1.0"])
def test_an_offer_to_upgrade_is_ignored_and_its_body_stays_a_body(url: str, protocol: str) -> None:
    inside = request("/livez")
    body = b'{"text": "good film"' + b" " * 10 + b"}" + b" " * 50
    offers = (f"Upgrade: {protocol}", "Connection: keep-alive, Upgrade, HTTP2-Settings")
    with connected(url) as connection:
        connection.sendall(request("/predict", body, headers=offers))
        assert next_answer(connection).status == 200
        connection.sendall(request("/predict", inside, headers=offers))
        answer = next_answer(connection)
        assert (answer.status, answer.code()) == (400, "invalid_json")
        connection.sendall(request("/predict", GOOD, headers=offers) * 3)
        connection.shutdown(socket.SHUT_WR)
        assert [each.status for each in until_closed(connection)] == [200] * 3


def test_a_websocket_gets_an_error_of_the_one_shape(url: str) -> None:
    offers = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    with connected(url) as connection:
        connection.sendall(request("/predict", headers=(*offers, "Sec-WebSocket-Key: YQ==")))
        answer = next_answer(connection)
    assert (answer.status, answer.code()) == (405, "method_not_allowed")


def test_connect_is_refused(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(request("here:443", method="CONNECT"))
        (answer,) = until_closed(connection)
    assert (answer.status, answer.code()) == (405, "method_not_allowed")
