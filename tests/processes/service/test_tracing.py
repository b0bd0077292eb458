"""Tracing over a real `bentoml serve`: spans, ids in the log, the end, and that off is off."""

import json
from pathlib import Path

import pytest

from tests.support.models import store_classifier
from tests.support.otlp import attributes, collecting
from tests.support.processes import ROOT, environment, python
from tests.support.servers import free_port, serving

QUICK = "tests.processes.service.quick:Sentiment"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
UNTRACED = """
import sys, tempfile
from pathlib import Path
import httpx, service
from tests.support.servers import contract_server
from tests.support.tokenizers import write_tokenizer

with tempfile.TemporaryDirectory() as folder:
    write_tokenizer(Path(folder))
    with contract_server(Path(folder), tracing=service.TRACING) as (url, _):
        print(httpx.post(f"{url}/predict", json={"text": "good"}).status_code)
print([name for name in sys.modules if name.partition(".")[0] in ("opentelemetry", "requests")])
"""


@pytest.fixture(scope="module")
def tag() -> str:
    """A small random model, which is named but not loaded."""
    return store_classifier()


def test_off_nothing_of_opentelemetry_is_imported_to_answer() -> None:
    ended = python("-c", UNTRACED)
    assert ended.stdout.splitlines()[-2:] == ["200", "[]"], ended.stderr


def test_a_log_line_has_the_ids_of_a_span_that_is_exported_at_the_end(
    tag: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A request that takes too long is logged; its span is still in the queue on SIGTERM."""
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "600000")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "reviews")
        settings = {"model": tag, "log_format": "json", "timeout": "0.01"}
        with serving(ROOT, QUICK, log_folder=tmp_path, **settings) as server:
            with server.client() as client:
                headers = {"x-request-id": "order-7"}
                late = client.post("/predict", json={"text": "good"}, headers=headers)
            assert late.status_code == 504
            assert collector.requests == []
            assert server.stop() == 0
        (span,) = collector.servers()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    (logged,) = [line for line in lines if "/predict: 504" in line["message"]]
    assert (logged["request_id"], logged["trace_id"]) == ("order-7", span.trace_id.hex())
    assert logged["span_id"] == span.span_id.hex()
    assert attributes(span)["http.response.status_code"] == 504
    assert set(collector.children(span)) == {"tokenising", "waiting"}
    assert collector.resource["service.name"] == "reviews"


def test_a_collector_that_is_down_costs_no_answer_and_no_end(
    tag: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    with serving(ROOT, QUICK, log_folder=tmp_path, model=tag) as server:
        with server.client() as client:
            statuses = {
                client.post("/predict", json={"text": "good"}).status_code for _ in range(200)
            }
        assert (statuses, server.stop()) == ({200}, 0)
    log = server.log.read_text()
    assert max(log.count("Transient error"), log.count("Failed to export")) <= 1


def test_what_is_half_configured_does_not_start() -> None:
    command = ("-m", "bentoml", "serve", QUICK, "--port", "0")
    variables = environment() | {ENDPOINT: "collector:4317"}
    ended = python(*command, timeout=90, **variables)
    assert ended.returncode != 0
    assert f"{ENDPOINT}: 'collector:4317' is no URL" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
