"""SIGTERM to a real `bentoml serve` whose engine dawdles: everyone is answered, and it ends."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support.contract import check
from tests.support.models import store_classifier
from tests.support.processes import ROOT
from tests.support.servers import Server, serving, texts_accepted, wait_until


@pytest.fixture(scope="module", autouse=True)
def model() -> str:
    """BentoML wants the model in the store even if another is loaded."""
    return store_classifier()


@contextlib.contextmanager
def slow(folder: Path, **options: Any) -> Iterator[Server]:
    with serving(ROOT, "tests.processes.service.slow:Sentiment", folder, **options) as running:
        yield running


def test_what_outlasts_the_drain_and_what_comes_during_it_is_told_so(tmp_path: Path) -> None:
    with (
        slow(tmp_path, drain_seconds="3") as running,
        running.client() as client,
        ThreadPoolExecutor(2) as pool,
    ):
        document = client.get("/openapi.json").json()
        calls = [pool.submit(client.post, "/predict", json={"text": "dull"}) for _ in range(2)]
        wait_until(lambda: texts_accepted(running.url) == 2, 20)  # one is computed, one waits
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: httpx.get(f"{running.url}/readyz").status_code == 503, 20)
        late = httpx.post(f"{running.url}/predict", json={"text": "good"})
        abandoned = [call.result() for call in calls]
        code = running.process.wait(60)
    assert code == 0
    for response, words in [(late, "shutting down"), *((each, "shut down") for each in abandoned)]:
        assert response.status_code == 503
        error = check(document, response, "/predict")["error"]
        assert error["code"] == "not_ready"
        assert words in error["message"]


def test_a_client_that_never_reads_does_not_hold_the_exit(tmp_path: Path) -> None:
    with slow(tmp_path, drain_seconds="1") as running, socket.socket() as client:
        client.connect(("127.0.0.1", httpx.URL(running.url).port))
        request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        client.sendall(request * 2000)  # more answers than the buffers between us hold
        wait_until(lambda: bool(client.recv(1, socket.MSG_PEEK)), 20)
        assert running.stop() == 0


def test_a_second_interrupt_waits_for_nothing(tmp_path: Path) -> None:
    with (
        slow(tmp_path, drain_seconds="3600") as running,
        ThreadPoolExecutor(1) as pool,
    ):
        url = f"{running.url}/predict"
        call = pool.submit(httpx.post, url, json={"text": "dull"}, timeout=120)
        wait_until(lambda: texts_accepted(running.url) == 1, 20)
        workers = psutil.Process(running.process.pid).children()
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: httpx.get(f"{running.url}/readyz").status_code == 503, 20)
        for worker in workers:
            os.kill(worker.pid, signal.SIGINT)
        assert running.process.wait(60) == 0
        with pytest.raises(httpx.TransportError):
            call.result()


def test_a_server_that_is_still_loading_ends_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLOW_LOAD", "300")
    with slow(tmp_path, probe="/livez") as running:
        assert httpx.get(f"{running.url}/readyz").status_code == 503
        assert running.stop() == 0
    assert "Traceback" not in running.log.read_text()
