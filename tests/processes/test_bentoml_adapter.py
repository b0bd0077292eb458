"""Reliances on BentoML and uvicorn that show in a running server alone, each by its name."""

import contextlib
import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import httpx
import psutil
import pytest

from sentiment.bentoml_adapter import LOG_RECORD_EXTRAS
from sentiment.serving.worker import Origin
from tests.support.models import store_classifier
from tests.support.processes import ROOT, python
from tests.support.servers import Server, serving, wait_until

TINY_SERVICE = """
import bentoml
@bentoml.service
class Tiny:
    model = bentoml.models.BentoModel("{tag}")
"""
LOG_LINE = """
import logging
from bentoml._internal.log import configure_server_logging
from sentiment.serving.logs import use_json
configure_server_logging()
use_json()
logging.getLogger("bentoml.serve").warning("hello")
"""
RECORD = """
import json, logging
from bentoml._internal.log import configure_server_logging
configure_server_logging()
record = logging.makeLogRecord({"name": "bentoml.serve"})
plain = set(vars(record))
for handler in logging.getLogger("bentoml").handlers:
    handler.filter(record)
print(json.dumps(sorted(set(vars(record)) - plain)))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store_classifier()  # BentoML wants the model in the store even if another is loaded
    log = tmp_path_factory.mktemp("log")
    with serving(ROOT, "tests.processes.service.marked:Sentiment", log) as running:
        yield running


def printed(*arguments: str, cwd: Path = ROOT) -> str:
    """Return what Python prints, with the project on its path, when it ends well."""
    ended = python(*arguments, cwd=cwd, PYTHONPATH=str(ROOT))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def test_wrap_application_puts_our_middleware_outermost(server: Server) -> None:
    """Were it only the inner copy that answers, its answers would carry the mark."""
    with server.client() as client:
        answered = client.post("/predict", json={"text": "good film"})
        passed_on = client.get("/schema.json")
    assert (answered.status_code, passed_on.status_code) == (200, 200)
    assert "x-seen-by-bentoml" not in answered.headers
    assert passed_on.headers["x-seen-by-bentoml"] == "yes"


def test_keep_idle_connections_outlives_uvicorns_own_five_seconds(server: Server) -> None:
    """A load balancer that sends its next request after those five seconds loses it."""
    address = httpx.URL(server.url)
    connection = HTTPConnection(address.host, address.port, timeout=20)
    connection.connect()
    connection.auto_open = 0  # so that a connection that was closed is no new one
    with contextlib.closing(connection):
        for _ in range(2):
            connection.request("GET", "/livez")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b'{"status":"alive"}')
            time.sleep(6)


def test_keep_metrics_in_memory_lets_a_worker_write_no_files(server: Server) -> None:
    (worker,) = psutil.Process(server.process.pid).children()
    assert not [each.path for each in worker.memory_maps() if each.path.endswith(".db")]
    assert not [each.path for each in worker.open_files() if each.path.endswith(".db")]
    with server.client() as client:
        assert "sentiment_requests_total" in client.get("/metrics").text


def test_work_without_folders_lets_a_worker_make_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    with serving(ROOT, "tests.processes.service.marked:Sentiment", tmp_path):
        assert list(folder.iterdir()) == []


def test_start_without_folders_lets_the_parent_make_none(server: Server) -> None:
    (worker,) = psutil.Process(server.process.pid).children()
    assert worker.environ()["PROMETHEUS_MULTIPROC_DIR"] == "/dev/null/none"


def test_end_where_nothing_can_listen_tells_of_a_port_in_use(server: Server) -> None:
    port = str(httpx.URL(server.url).port)
    target = ("serve", "tests.processes.service.marked:Sentiment", "--host", "127.0.0.1")
    ended = python("-m", "bentoml", *target, "--port", port)
    printed = (ended.stdout + ended.stderr).strip()
    assert ended.returncode == 1
    assert printed.splitlines()[-1].startswith(f"error: 127.0.0.1:{port} can't be listened on: ")
    assert "--port" in printed
    assert "Traceback" not in printed


def test_watch_workers_hands_an_environment_down(server: Server) -> None:
    (worker,) = psutil.Process(server.process.pid).children()
    origin = Origin.from_environment(worker.environ())
    assert origin == Origin(server.process.pid, 1, 0)


def test_watch_workers_starts_another_at_once(tmp_path: Path) -> None:
    """By itself circus looks after them only every ten seconds."""
    with serving(ROOT, "tests.processes.service.marked:Sentiment", tmp_path) as server:
        parent = psutil.Process(server.process.pid)
        (worker,) = parent.children()
        worker.kill()
        wait_until(lambda: [child for child in parent.children() if child != worker] != [], 5)


def test_model_of_bento_is_the_model_that_the_bento_holds(tmp_path: Path) -> None:
    tag = store_classifier()
    (tmp_path / "tiny.py").write_text(TINY_SERVICE.format(tag=tag))
    (tmp_path / "bentofile.yaml").write_text("service: tiny:Tiny\nname: tiny\ninclude: ['*.py']\n")
    built = printed("-m", "bentoml", "build", "--output", "tag", cwd=tmp_path)
    (bento,) = [line for line in built.splitlines() if line.startswith("__tag__:")]
    bento = bento.removeprefix("__tag__:")
    code = (
        "import bentoml\nfrom sentiment.bentoml_adapter import model_of_bento\n"
        f"print(model_of_bento(bentoml.load({bento!r})))"
    )
    assert tag in printed("-c", code).split()


def test_format_logs_replaces_the_format_that_bentoml_has_configured() -> None:
    (line,) = [line for line in printed("-c", LOG_LINE).splitlines() if "hello" in line]
    assert json.loads(line)["message"] == "hello"


def test_log_record_extras_are_what_bentoml_adds() -> None:
    added = json.loads(printed("-c", RECORD).splitlines()[-1])
    assert added
    assert set(added) <= set(LOG_RECORD_EXTRAS)
