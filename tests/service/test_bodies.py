"""Bodies over real sockets: what is in flight, how fast it comes, and what a text's fault is."""

import contextlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.contract import check
from tests.support.servers import contract_server, wait_until

JSON = {"content-type": "application/json"}
LIMITS = {"max_body_bytes": 200_000, "max_bytes_in_flight": 500_000, "max_characters": 1000}
GOOD = {"text": "good film"}


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder, **LIMITS) as (address, _):
        yield address


@contextlib.contextmanager
def request(url: str, header: str, begin: bytes = b"") -> Iterator[socket.socket]:
    """Send the head of a request and the begin of its body; yield the connection."""
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 0), 30) as connection:
        head = (
            f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{header}\r\n"
        )
        connection.sendall(f"{head}\r\n".encode() + begin)
        yield connection


def status(connection: socket.socket) -> int:
    return int(connection.recv(1000).split()[1])


def refusals(url: str, reason: str) -> float:
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    return sum(
        float(line.split()[-1])
        for line in lines
        if line.startswith(f'sentiment_refusals_total{{reason="{reason}"}}')
    )


def test_a_body_past_the_budget_is_refused_before_it_is_sent(url: str) -> None:
    with contextlib.ExitStack() as unfinished:
        for _ in range(2):
            unfinished.enter_context(request(url, "Content-Length: 200000"))
        wait_until(lambda: _is_full(url), 20)
        before = refusals(url, "bodies_full")
        with request(url, "Content-Length: 200000") as late:
            assert status(late) == 429
        assert refusals(url, "bodies_full") == before + 1
        assert httpx.post(f"{url}/predict", json=GOOD).status_code == 200
    wait_until(lambda: not _is_full(url), 20)


def test_a_body_of_no_declared_length_is_counted_as_it_comes(url: str) -> None:
    with contextlib.ExitStack() as unfinished:
        for _ in range(2):
            unfinished.enter_context(request(url, "Content-Length: 200000"))
        wait_until(lambda: _is_full(url), 20)
        with request(url, "Transfer-Encoding: chunked") as late:
            for _ in range(40):
                with contextlib.suppress(ConnectionError):  # it has been answered
                    late.sendall(b"1000\r\n" + b"a" * 0x1000 + b"\r\n")
            assert status(late) == 429
    wait_until(lambda: not _is_full(url), 20)


def _is_full(url: str) -> bool:
    """Whether there is no room for one more large body, declared and never sent."""
    with request(url, "Content-Length: 150000") as probe:
        probe.settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            return status(probe) == 429
    return False


def test_many_that_are_sent_at_once_are_answered_or_refused(url: str, document: Any) -> None:
    text = {"text": "good " * 38_000}  # too long for a text, which is told once it was read
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(httpx.post, f"{url}/predict", json=text) for _ in range(64)]
    statuses = set()
    for call in calls:
        statuses.add(call.result().status_code)
        body = check(document, call.result(), "/predict")
        assert body["error"]["code"] in ("text_too_long", "overloaded")
    assert statuses <= {413, 429}


def test_a_refusal_says_when_to_try_again(url: str, document: Any) -> None:
    with contextlib.ExitStack() as unfinished:
        for _ in range(2):
            unfinished.enter_context(request(url, "Content-Length: 200000"))
        wait_until(lambda: _is_full(url), 20)
        response = httpx.post(f"{url}/predict", json={"text": "a" * 150_000})
    assert response.status_code == 429
    assert check(document, response, "/predict")["error"]["code"] == "overloaded"
    assert int(response.headers["retry-after"]) >= 1
    wait_until(lambda: not _is_full(url), 20)


ODD_TEXTS = [
    pytest.param(b'"\\ud800"', id="half of a surrogate pair"),
    pytest.param(b'"\\udfff good"', id="the other half"),
    pytest.param(b"9" * 6000, id="a number of 6,000 digits"),
    pytest.param(b"-1e99999", id="a number past any float"),
    pytest.param(b"[" * 500 + b"]" * 500, id="a list in a list, and so on"),
    pytest.param(b'{"text": "good", "text": "bad"}', id="an object"),
    pytest.param(b'"\\u0000"', id="a zero"),
]


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_an_odd_text_fails_alone(url: str, document: Any, odd: bytes) -> None:
    body = b'{"texts": ["good film", %s, "bad film"]}' % odd
    response = httpx.post(f"{url}/predict/batch", content=body, headers=JSON)
    assert response.status_code == 200
    good, bad, other = check(document, response, "/predict/batch")["results"]
    assert good["label"]
    assert other["label"]
    assert bad["error"]["code"] == "invalid_value"


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_an_odd_text_by_itself_is_the_callers_fault(url: str, document: Any, odd: bytes) -> None:
    response = httpx.post(f"{url}/predict", content=b'{"text": %s}' % odd, headers=JSON)
    check(document, response, "/predict")
    assert response.status_code in (400, 422)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("body", ['{"texts": ["good", %s]}', '{"texts": ["a"], "b": [%s]}'])
def test_what_json_does_not_have_is_not_json(url: str, body: str, name: str) -> None:
    response = httpx.post(f"{url}/predict/batch", content=body % name, headers=JSON)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("second", ["text", "te\\u0078t"])
def test_a_field_that_stands_twice_is_refused(url: str, second: str) -> None:
    body = f'{{"text": "good", "{second}": "bad"}}'
    response = httpx.post(f"{url}/predict", content=body, headers=JSON)
    assert response.status_code == 422
    (detail,) = response.json()["error"]["details"]
    assert detail == {"field": "text", "problem": "It stands more than once."}


def test_a_body_may_begin_with_a_byte_order_mark(url: str) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(GOOD).encode()
    assert httpx.post(f"{url}/predict", content=body, headers=JSON).status_code == 200


def test_a_text_that_cleaning_makes_too_long_is_refused(url: str, document: Any) -> None:
    """One character of it becomes eighteen, others become words."""
    for text in ("\ufdfa" * 900, "\N{GRINNING FACE}" * 900):
        response = httpx.post(f"{url}/predict", json={"text": text})
        assert response.status_code == 413
        assert check(document, response, "/predict")["error"]["code"] == "text_too_long"


def test_while_a_large_body_is_refused_others_are_answered(tokenizer_folder: Path) -> None:
    junk = b"[" + b"[]," * 600_000 + b"[]]"
    with contract_server(tokenizer_folder) as (url, _), ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(httpx.post, f"{url}/predict", content=junk, headers=JSON, timeout=60)
            for _ in range(4)
        ]
        answered = 0
        with httpx.Client(base_url=url) as client:
            while not all(call.done() for call in calls):
                assert client.post("/predict", json=GOOD).status_code == 200
                answered += 1
        assert {call.result().status_code for call in calls} == {422}
    assert answered > 20
