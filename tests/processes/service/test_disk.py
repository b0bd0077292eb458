"""A real `bentoml serve` that cannot write a byte to any disk, and two that share a folder."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.models import store_classifier
from tests.support.processes import ROOT, environment
from tests.support.servers import Server, answers, free_port, serving, wait_until

TARGET = "tests.processes.service.marked:Sentiment"


@pytest.fixture(scope="module", autouse=True)
def tag() -> str:
    """A small random model in the store."""
    return store_classifier(openvino=True)


def write_nothing() -> None:
    """Let every write to a file fail, on any disk and whoever the user is."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_it_answers_with_every_disk_full(tag: str) -> None:
    """No file may grow, and there is no folder for temporary files."""
    port = free_port()
    command = [sys.executable, "-m", "bentoml", "serve", "service:Sentiment", "--port", str(port)]
    nowhere = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), "/nonexistent")
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1"],
        cwd=ROOT,
        env=environment(model=tag) | nowhere,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=write_nothing,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{url}/readyz") or process.poll() is not None, 90)
        answered = httpx.post(f"{url}/predict", json={"text": "good film"})
        counted = httpx.get(f"{url}/metrics").text
    finally:
        process.terminate()
        log = process.communicate(timeout=60)[0].decode()
    assert answered.status_code == 200, log
    assert 'sentiment_requests_total{route="/predict",status="200"} 1.0' in counted
    assert process.returncode == 0, log


def test_a_second_server_leaves_the_counters_of_the_first(tmp_path: Path) -> None:
    def count(server: Server) -> bool:
        return "sentiment_texts_total 1.0" in httpx.get(f"{server.url}/metrics").text

    with serving(ROOT, TARGET, tmp_path) as first:
        httpx.post(f"{first.url}/predict", json={"text": "good film"})
        assert count(first)
        with serving(ROOT, TARGET, tmp_path) as second:
            assert count(first)
            assert not count(second)
        assert count(first)


def test_it_leaves_no_files_behind(tmp_path: Path) -> None:
    home = Path(os.environ["BENTOML_HOME"])
    shutil.rmtree(home / "prometheus_multiproc_dir", ignore_errors=True)
    with serving(ROOT, TARGET, tmp_path) as running:
        httpx.post(f"{running.url}/predict", json={"text": "good film"})
        assert not (home / "prometheus_multiproc_dir").exists()
