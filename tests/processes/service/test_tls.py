"""TLS by `bentoml serve`'s own options: answers, bounds, and a certificate that is renewed."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.certificates import Certificate, put
from tests.support.models import store_classifier
from tests.support.processes import ROOT, python
from tests.support.servers import Server, answers, free_port, serving, wait_until

QUICK = "tests.processes.service.quick:Sentiment"
BODY = {"text": "good film"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def first(folder: Path) -> Certificate:
    made = Certificate()
    made.write(folder)
    return made


@pytest.fixture
def server(folder: Path, first: Certificate) -> Iterator[Server]:
    options = ("--ssl-certfile", f"{folder}/tls.crt", "--ssl-keyfile", f"{folder}/tls.key")
    with serving(
        ROOT,
        QUICK,
        log_folder=folder,
        options=options,
        trusts=first.trusted(),
        model=store_classifier(),
    ) as running:
        yield running


def test_it_answers_and_bounds_what_comes_as_without_tls(server: Server) -> None:
    with server.client() as client:
        assert client.post("/predict", json=BODY).status_code == 200
        assert client.get("/docs").headers["content-security-policy"]
        refused = client.get("/livez", headers={"x": "a" * 70_000})
        assert (refused.status_code, refused.json()["error"]["code"]) == (431, "headers_too_large")
        assert client.post("/predict", json=BODY).status_code == 200
    with pytest.raises(httpx.HTTPError):
        httpx.get(server.url.replace("https:", "http:") + "/livez")
    with pytest.raises(httpx.ConnectError):  # a caller who does not know the authority
        httpx.get(f"{server.url}/livez")
    assert server.stop() == 0


def test_a_certificate_is_renewed_without_a_restart(
    server: Server, folder: Path, first: Certificate
) -> None:
    second = Certificate()
    with server.client(limits=httpx.Limits(keepalive_expiry=None)) as before:
        assert before.post("/predict", json=BODY).status_code == 200
        put(folder / "tls.crt", second.chain)  # the key does not fit yet
        wait_until(lambda: "was not renewed" in server.log.read_text(), 60)
        assert answers(f"{server.url}/readyz", first.trusted())
        put(folder / "tls.key", second.key)
        wait_until(lambda: answers(f"{server.url}/readyz", second.trusted()), 60)
        assert not answers(f"{server.url}/readyz", first.trusted())
        assert before.post("/predict", json=BODY).status_code == 200  # on the connection it has
        put(folder / "tls.key", b"nonsense")
        wait_until(lambda: server.log.read_text().count("was not renewed") == 2, 60)
        assert answers(f"{server.url}/readyz", second.trusted())


def test_a_key_of_another_certificate_stops_the_start_in_one_line(
    folder: Path, first: Certificate
) -> None:
    put(folder / "tls.key", Certificate().key)
    options = ("--ssl-certfile", f"{folder}/tls.crt", "--ssl-keyfile", f"{folder}/tls.key")
    ended = python(
        *("-m", "bentoml", "serve", QUICK, "--port", free_port(), *options),
        SENTIMENT_MODEL=store_classifier(),
    )
    assert ended.returncode == 1
    assert [line for line in ended.stderr.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in ended.stdout + ended.stderr
