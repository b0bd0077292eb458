"""How our client reaches a server: keys, TLS, addresses, and servers that do not answer."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from sentiment.client import AsyncClient, Client, Connection
from sentiment.errors import InvalidValue, NoAnswer, ServerError
from tests.service.test_client import Ask, each_client
from tests.support.answering import ANSWER, Answering, say, says_nothing, server, well
from tests.support.certificates import Certificate
from tests.support.keys import Keys
from tests.support.servers import contract_server


@each_client
def test_a_key_opens_a_locked_server(tokenizer_folder: Path, tmp_path: Path, ask: Ask) -> None:
    keys = Keys(tmp_path)
    key = keys.add("me")
    with contract_server(tokenizer_folder, api_keys_file=keys.path) as (url, _):
        assert ask(url, "predict", "good", key=f"{key}\n").label  # as it is read from a file
        assert ask(url, "predict", "good", headers={"X-API-Key": key}).label
        for wrong, code in (("", "key_missing"), ("x", "key_refused")):
            with pytest.raises(ServerError) as raised:
                ask(url, "predict", "good", key=wrong)
            assert raised.value.code == code
    assert key not in repr(Connection(url, key=key))


@each_client
@pytest.mark.parametrize("key", ["cl\u00e9", "two\nlines"])
def test_what_can_be_no_key_is_told_without_showing_it(ask: Ask, key: str) -> None:
    with pytest.raises(InvalidValue, match="no such characters") as raised:
        ask("http://127.0.0.1:1", "predict", "good", key=key)
    assert key.splitlines()[-1] not in str(raised.value)


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return Certificate()


@pytest.fixture(scope="module")
def https(certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tls")
    certificate.write(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    with server(well, tls=context) as url:
        yield url


@each_client
def test_https_is_trusted_as_the_caller_says(
    https: str, certificate: Certificate, ask: Ask
) -> None:
    assert ask(https, "predict", "good", tls=certificate.trusted()) == ANSWER
    with pytest.raises(NoAnswer, match="certificate verify failed"):
        ask(https, "predict", "good")


@each_client
def test_https_is_trusted_as_the_environment_says(
    https: str, certificate: Certificate, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on this machine, whose servers are asked without the proxies of the environment."""
    authority = tmp_path / "ca.crt"
    authority.write_bytes(certificate.authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert ask(https, "predict", "good") == ANSWER
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.crt"))
    with pytest.raises(NoAnswer, match="SSL_CERT_FILE"):
        ask(https, "predict", "good")


@each_client
def test_an_address_may_be_of_ipv6(ask: Ask) -> None:
    with server(well, host="::1") as url:
        assert ask(url, "predict", "good") == ANSWER


@each_client
def test_a_prefix_is_kept(tokenizer_folder: Path, ask: Ask) -> None:
    with contract_server(tokenizer_folder, path_prefix="/api") as (url, _):
        for address in (f"{url}/api", f"{url}/api/", url):
            assert ask(address, "predict", "good").label
        assert len(ask(f"{url}/api", "predict_batch", ["good"] * 70)) == 70


@each_client
def test_a_password_in_the_address_is_not_shown(ask: Ask) -> None:
    with pytest.raises(NoAnswer) as raised:
        ask("http://me:secret@127.0.0.1:1", "predict", "good")
    assert "secret" not in str(raised.value)


def leaves(caller: BaseHTTPRequestHandler) -> None:
    caller.connection.shutdown(socket.SHUT_RDWR)


def says_half(caller: BaseHTTPRequestHandler) -> None:
    say(caller, "{", length=1000)


def trickles(caller: BaseHTTPRequestHandler) -> None:
    say(caller, " ", length=100_000)
    while True:
        caller.wfile.write(b" ")
        caller.wfile.flush()
        time.sleep(0.05)


@each_client
@pytest.mark.parametrize("method", ["predict", "predict_batch"])
@pytest.mark.parametrize("answer", [leaves, says_half, says_nothing, trickles])
def test_a_server_that_does_not_answer_is_told_in_time(
    answer: Answering, method: str, ask: Ask
) -> None:
    argument: Any = "good" if method == "predict" else ["good"] * 3
    since = time.monotonic()
    with server(answer) as url, pytest.raises(NoAnswer, match=r"no answer from http://127"):
        ask(url, method, argument, timeout_s=0.5)
    assert time.monotonic() - since < 10


def test_who_asks_on_a_loop_may_be_cancelled() -> None:
    async def call(url: str) -> None:
        async with AsyncClient(url) as client:
            task = asyncio.ensure_future(client.predict_batch(["good"] * 1000))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(asyncio.all_tasks()) == 1

    with server(says_nothing) as url:
        asyncio.run(call(url))


def test_who_reads_answers_as_they_come_may_stop() -> None:
    asked = []

    def answer(caller: BaseHTTPRequestHandler) -> None:
        asked.append(1)
        say(caller, json.dumps({"results": [ANSWER.model_dump(mode="json")] * 64}))

    with server(answer) as url, Client(url, at_once=2) as client:
        results = client.predict_each("good" for _ in range(64 * 1000))
        assert next(results) == ANSWER
        results.close()  # type: ignore[attr-defined]
    assert len(asked) < 10
