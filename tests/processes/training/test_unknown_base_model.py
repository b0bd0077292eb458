"""A base model that is nowhere ends train.py at once, in one line, before the data are read.

Each command is a process of its own: the hub's client reads its settings once, on import.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.models import make_encoder
from tests.support.processes import python

NAME = "no-such-owner/no-such-model"


class Hub(HTTPServer):
    """Answers everything with one status, and counts how often it is asked for the model."""

    status = 404
    asked = 0


class _Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.asked += NAME in self.path
        self.send_response(self.server.status)
        if self.server.status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 -- the server looks for this name

    def log_message(self, *_: object) -> None:
        """Leave the test's output alone."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def train(tmp_path: Path, base_model: str, **variables: str) -> tuple[int, list[str]]:
    """Train on data that are not there, and return the exit status and the lines of errors."""
    ended = python(
        *("train.py", "--base-model", base_model, "--data", tmp_path / "missing.csv"),
        HF_HOME=str(tmp_path),
        **variables,
    )
    return ended.returncode, ended.stderr.splitlines()


def test_offline_it_fails_at_once_in_one_line(tmp_path: Path) -> None:
    status, lines = train(tmp_path, NAME, HF_HUB_OFFLINE="1")
    assert (status, len(lines)) == (2, 1), lines
    assert f"no folder {NAME!r} here, and neither the hub (OfflineModeIsEnabled)" in lines[0]


def test_without_a_connection_it_fails_at_once_in_one_line(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    status, lines = train(tmp_path, NAME, HF_ENDPOINT=nobody, HF_HUB_OFFLINE="0")
    assert (status, len(lines)) == (2, 1), lines
    assert f"no folder {NAME!r} here, and neither the hub (ConnectError)" in lines[0]


@pytest.mark.parametrize("answer", [404, 503])
def test_the_hub_is_asked_once(tmp_path: Path, hub: Hub, answer: int) -> None:
    hub.status = answer
    endpoint = f"http://127.0.0.1:{hub.server_port}"
    status, lines = train(tmp_path, NAME, HF_ENDPOINT=endpoint, HF_HUB_OFFLINE="0")
    assert (status, len(lines)) == (2, 1), lines
    assert f"There is no folder {NAME!r} here" in lines[0]
    assert hub.asked == 1


def test_a_model_in_the_cache_needs_no_hub(tmp_path: Path) -> None:
    """It gets as far as the data, which are not there."""
    repository = tmp_path / "hub" / "models--someone--tiny"
    make_encoder(repository / "snapshots" / "abc", "bert")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    more = ("--max-length", "48")
    ended = python(
        *("train.py", "--base-model", "someone/tiny", "--data", tmp_path / "missing.csv", *more),
        HF_HOME=str(tmp_path),
        HF_ENDPOINT="http://127.0.0.1:9",
        HF_HUB_OFFLINE="0",
    )
    assert ended.stderr.splitlines() == [
        f"error: No such data file: {tmp_path / 'missing.csv'}. Pass a CSV, TSV, JSON or "
        "Parquet file, or one of: packaged, hub."
    ]
