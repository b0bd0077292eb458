"""Workers and parents of a real `bentoml serve` that are killed."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.models import store_classifier
from tests.support.processes import ROOT
from tests.support.servers import Server, answers, serving, wait_until

START_S = 60


@pytest.fixture(scope="module", autouse=True)
def model() -> str:
    """BentoML wants the model in the store even if another is loaded."""
    return store_classifier()


@contextlib.contextmanager
def fake(folder: Path, **options: Any) -> Iterator[Server]:
    """Serve a fake engine, which is ready as soon as it is started."""
    with serving(ROOT, "tests.processes.service.slow:Sentiment", folder, **options) as running:
        yield running


def workers(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


def metric(server: Server, name: str) -> dict[str, float]:
    """Return a metric's values by the worker that reports them."""
    families = text_string_to_metric_families(httpx.get(f"{server.url}/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return {sample.labels.get("worker", ""): sample.value for sample in samples}


def test_a_killed_worker_is_named_counted_and_replaced(tmp_path: Path) -> None:
    with fake(tmp_path) as running:
        (before,) = workers(running)
        before.kill()
        before.wait(20)
        wait_until(lambda: answers(f"{running.url}/readyz"), START_S)
        (after,) = workers(running)
        assert after.pid != before.pid
        assert metric(running, "sentiment_worker_restarts_total") == {"": 1}
        log = running.log.read_text()
        assert running.stop() == 0
    assert f"worker {before.pid} was killed by SIGKILL (9)" in log
    assert "restart 1 of at most 5" in log


def test_it_is_replaced_in_a_container_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BentoML would start none anew there."""
    monkeypatch.setenv("BENTOML_CONTAINERIZED", "true")
    with fake(tmp_path) as running:
        (before,) = workers(running)
        before.kill()
        before.wait(20)
        wait_until(lambda: answers(f"{running.url}/readyz"), START_S)
        assert running.process.poll() is None


def test_after_too_many_restarts_the_server_ends(tmp_path: Path) -> None:
    with fake(tmp_path, max_restarts="1") as running:
        for _ in range(2):
            (worker,) = workers(running)
            worker.kill()
            worker.wait(20)
            wait_until(
                lambda: answers(f"{running.url}/readyz") or running.process.poll() is not None,
                START_S,
            )
        assert running.process.wait(20) == 1
    log = running.log.read_text()
    assert "giving up after 1 restarts" in log
    assert "Traceback" not in log


def test_a_stop_that_was_asked_for_is_no_restart(tmp_path: Path) -> None:
    with fake(tmp_path) as running:
        assert running.stop() == 0
    assert "worker" not in running.log.read_text()


def test_a_killed_parent_leaves_nobody_on_its_port(tmp_path: Path) -> None:
    with fake(tmp_path) as running:
        (worker,) = workers(running)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(20)
        worker.wait(20)
        address = ("127.0.0.1", httpx.URL(running.url).port)
        socket.create_server(address).close()


def test_two_workers_tell_their_metrics_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bentoml.yaml").write_text("services: {sentiment: {workers: 2}}\n")
    monkeypatch.setenv("BENTOML_CONFIG", str(tmp_path / "bentoml.yaml"))
    with fake(tmp_path) as running:
        assert len(workers(running)) == 2
        seen: dict[str, float] = {}

        def both() -> bool:
            seen.update(metric(running, "sentiment_worker_restarts_total"))
            return set(seen) == {"1", "2"}

        wait_until(both, START_S)
        log = running.log.read_text()
        assert running.stop() == 0
    assert "restart" not in log
