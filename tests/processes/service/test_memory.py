"""The memory of a real server under requests that are within every limit, and meant to take it."""

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.models import store_classifier
from tests.support.processes import ROOT
from tests.support.servers import Server, serving, wait_until

MB = 1 << 20
GROWTH_MB = 150  # 250 MB under what the image's page allows; each of these took 500 and more


@pytest.fixture(scope="module")
def tag() -> str:
    return store_classifier(name="memory", openvino=True)


@pytest.fixture(scope="module")
def server(tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log_folder = tmp_path_factory.mktemp("log")
    with serving(ROOT, log_folder=log_folder, model=tag, timeout="600") as running:
        response = httpx.post(f"{running.url}/predict", json={"text": "a good film"}, timeout=60)
        assert response.status_code == 200
        yield running


def worker(server: Server) -> psutil.Process:
    """Return the process that answers: the largest of those that were started."""
    started = psutil.Process(server.process.pid).children(recursive=True)
    return max(started, key=lambda process: int(process.memory_info().rss))


@contextlib.contextmanager
def watched(process: psutil.Process) -> Iterator[None]:
    """Assert that a process never has much more memory while the context lasts than before."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the most is what there is now
    before = _most(process)
    yield
    assert (_most(process) - before) / MB < GROWTH_MB


def _most(process: psutil.Process) -> int:
    """Return the most bytes that a process has had in memory (proc_pid_status(5), VmHWM)."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def test_a_list_of_texts_that_are_all_tokens(server: Server) -> None:
    """8 MB, 7.9 million tokens, of which the cut leaves a few thousand; twice at once."""
    body = {"texts": ["." * 99_000] * 80}
    with watched(worker(server)), ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(httpx.post, f"{server.url}/predict/batch", json=body, timeout=600)
            for _ in range(2)
        ]
        for call in calls:
            results = call.result().json()["results"]
            assert {result["tokens"] for result in results} == {99_002}


@pytest.mark.parametrize("character", ["\ufdfa", "\N{GRINNING FACE}"], ids=["ligature", "emoji"])
def test_texts_that_cleaning_makes_many_times_as_long(server: Server, character: str) -> None:
    body = {"texts": [character * 20_000] * 40}
    with watched(worker(server)):
        response = httpx.post(f"{server.url}/predict/batch", json=body, timeout=600)
    codes = {result["error"]["code"] for result in response.json()["results"]}
    assert codes == {"text_too_long"}


def test_bodies_that_are_never_finished(server: Server) -> None:
    size = 8 * MB
    head = (
        "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    address = ("127.0.0.1", httpx.URL(server.url).port or 0)
    statuses = []
    with watched(worker(server)), contextlib.ExitStack() as unfinished:
        for _ in range(120):
            connection = unfinished.enter_context(socket.create_connection(address, 30))
            with contextlib.suppress(ConnectionError, TimeoutError):
                connection.sendall(head.encode())
                connection.settimeout(1)
                for _ in range(size // MB - 1):
                    connection.sendall(b" " * MB)
                connection.settimeout(0.01)
                statuses.append(connection.recv(100).split()[1])
        response = httpx.post(f"{server.url}/predict", json={"text": "good"}, timeout=60)
        assert response.status_code == 200
    assert set(statuses) <= {b"429"}


def test_bodies_of_millions_of_values(server: Server) -> None:
    body = b'{"texts": [' + b"[]," * 2_600_000 + b"[]]}"
    with watched(worker(server)), ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(
                httpx.post,
                f"{server.url}/predict/batch",
                content=body,
                headers={"Content-Type": "application/json"},
                timeout=600,
            )
            for _ in range(4)
        ]
        assert {call.result().status_code for call in calls} == {422}


def test_what_a_burst_left_is_returned_to_the_kernel(server: Server) -> None:
    """Once every ten seconds; it may come during a burst, and then leaves little for the next."""
    process = worker(server)
    body = {"texts": ["good " * 19_000] * 80}

    def falls_after_a_burst() -> bool:
        response = httpx.post(f"{server.url}/predict/batch", json=body, timeout=600)
        assert response.status_code == 200
        left = process.memory_info().rss
        with contextlib.suppress(AssertionError):
            wait_until(lambda: left - process.memory_info().rss > 10 * MB, 12)
            return True
        return False

    wait_until(falls_after_a_burst, 60)
