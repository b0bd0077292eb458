"""Spans of predictions, exported over HTTP to a receiver that decodes them."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sentiment.inference.fake import FakeEngine
from sentiment.serving.telemetry.tracing import Tracing
from tests.support.otlp import Collector, attributes, collecting
from tests.support.servers import contract_server

MARK = "xyzzy"
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{:02d}"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        yield running


@pytest.fixture
def tracing(collector: Collector) -> Iterator[Tracing]:
    made = Tracing.from_environment()
    assert made is not None
    made.start()
    yield made
    made.close(10)


@pytest.fixture
def url(tokenizer_folder: Path, tracing: Tracing) -> Iterator[str]:
    with contract_server(tokenizer_folder, tracing=tracing) as (address, _):
        yield address


def test_a_prediction_is_one_server_span_with_its_stages(url: str, collector: Collector) -> None:
    assert httpx.post(f"{url}/predict", json={"text": "good film"}).status_code == 200
    (server,) = collector.servers()
    assert server.name == "POST /predict"
    assert attributes(server) == {
        "http.request.method": "POST",
        "http.route": "/predict",
        "url.path": "/predict",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "http.response.status_code": 200,
    }
    children = collector.children(server)
    assert list(children) == ["tokenising", "inference", "waiting"]
    assert all(child.trace_id == server.trace_id for child in children.values())
    moments = [
        server.start_time_unix_nano,
        *(
            moment
            for name in ("tokenising", "waiting", "inference")
            for moment in (children[name].start_time_unix_nano, children[name].end_time_unix_nano)
        ),
        server.end_time_unix_nano,
    ]
    assert moments == sorted(moments)
    assert collector.resource["service.name"] == "sentiment"


def test_a_list_is_one_span_however_many_micro_batches(url: str, collector: Collector) -> None:
    texts = ["good film"] * 100
    assert httpx.post(f"{url}/predict/batch", json={"texts": texts}).status_code == 200
    (server,) = collector.servers()
    children = collector.children(server)
    assert len(collector.spans) == 4
    wanted = {"sentiment.texts": 100, "sentiment.tokens": 400}
    assert {name: attributes(child) for name, child in children.items()} == dict.fromkeys(
        ("tokenising", "waiting", "inference"), wanted
    )


def test_the_callers_trace_is_carried_on(url: str, collector: Collector) -> None:
    headers = {"traceparent": CALLER.format(1), "tracestate": "vendor=7"}
    httpx.post(f"{url}/predict", json={"text": "good"}, headers=headers)
    (server,) = collector.servers()
    assert server.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert server.parent_span_id.hex() == "b7ad6b7169203331"
    assert server.trace_state == "vendor=7"


def test_where_nothing_is_propagated_each_request_begins_a_trace(
    tokenizer_folder: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_PROPAGATORS", "none")
    tracing = Tracing.from_environment()
    assert tracing is not None
    tracing.start()
    with contract_server(tokenizer_folder, tracing=tracing) as (url, _):
        headers = {"traceparent": CALLER.format(1)}
        httpx.post(f"{url}/predict", json={"text": "good"}, headers=headers)
        (server,) = collector.servers()
    tracing.close(10)
    assert server.parent_span_id == b""


def test_a_caller_who_samples_nothing_gets_no_span(url: str, collector: Collector) -> None:
    headers = {"traceparent": CALLER.format(0)}
    httpx.post(f"{url}/predict", json={"text": "good"}, headers=headers)
    httpx.post(f"{url}/predict", json={"text": "good"})
    (server,) = collector.servers()
    assert server.parent_span_id == b""


@pytest.mark.parametrize("header", ["", "00-0-0-01", "ff-" + "0" * 32, "é" * 9, MARK * 99])
def test_a_header_that_names_no_trace_begins_one(
    url: str, collector: Collector, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "opentelemetry")
    headers = {"traceparent": header.encode(), "tracestate": f"{MARK}, {MARK}=a=b".encode()}
    assert httpx.post(f"{url}/predict", json={"text": "good"}, headers=headers).status_code == 200
    (server,) = collector.servers()
    assert server.parent_span_id == b""
    assert MARK not in caplog.text


def test_neither_probes_nor_pages_are_traced(url: str, collector: Collector) -> None:
    for path in ("livez", "readyz", "healthz", "metrics", "docs", "model", "nowhere"):
        httpx.get(f"{url}/{path}")
    httpx.post(f"{url}/predict", json={"text": "good"})
    (server,) = collector.servers()
    assert {span.trace_id for span in collector.spans} == {server.trace_id}


def test_no_span_holds_a_text_or_what_else_a_caller_writes(url: str, collector: Collector) -> None:
    headers = {"user-agent": MARK, "x-request-id": MARK, "cookie": MARK, "baggage": f"a={MARK}"}
    for body in ({"text": f"good {MARK}"}, {"text": " "}, {MARK: 1}, {"text": "x" * 200_000}):
        httpx.post(f"{url}/predict?{MARK}={MARK}", json=body, headers=headers)
    assert [attributes(span)["http.response.status_code"] for span in collector.servers(4)] == [
        *(200, 422, 422, 413)
    ]
    assert not any(MARK.encode() in request.SerializeToString() for request in collector.requests)


def test_a_fault_of_ours_is_an_error_and_one_of_the_caller_is_none(
    tokenizer_folder: Path, tracing: Tracing, collector: Collector
) -> None:
    broken = threading.Event()

    def fail(_: object) -> None:
        if broken.is_set():
            raise RuntimeError(MARK)

    with contract_server(tokenizer_folder, FakeEngine(before=fail), tracing=tracing) as (url, _):
        broken.set()
        httpx.post(f"{url}/predict", json={"text": ""})
        httpx.post(f"{url}/predict", json={"text": "good"})
        callers, ours = collector.servers(2)
    assert callers.status.code == callers.status.STATUS_CODE_UNSET
    assert (ours.status.code, ours.status.message) == (ours.status.STATUS_CODE_ERROR, "")
    assert attributes(ours)["error.type"] == "500"
    assert collector.children(callers) == {}
