"""Spans that are made when they have ended are what the SDK's own would be."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from sentiment.serving.telemetry import spans
from sentiment.serving.telemetry.spans import Spans
from tests.support.otlp import Collector, collecting

ABOUT = {"http.route": "/predict", "url.path": "/predict", "url.scheme": "http"}
CHILD = {"sentiment.texts": 3, "sentiment.tokens": 40}
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{}"
UNSAMPLED = {"traceparent": CALLER.format("00")}


class InOrder(IdGenerator):
    """Ids that are the same each time."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    def generate_span_id(self) -> int:
        return next(self._ids)

    def generate_trace_id(self) -> int:
        return next(self._ids)

    def is_trace_id_random(self) -> bool:
        return True


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


def of_the_sdk(headers: dict[str, str], failed: bool) -> Sequence[ReadableSpan]:
    exporter = InMemorySpanExporter()
    resource = Resource.create({"service.name": "sentiment", "service.version": "1"})
    provider = TracerProvider(resource=resource, id_generator=InOrder(), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("sentiment", "1")
    span = tracer.start_span(
        "POST /predict", extract(headers), SpanKind.SERVER, ABOUT, start_time=1000
    )
    inside = set_span_in_context(span)
    tracer.start_span("waiting", inside, attributes=CHILD, start_time=1100).end(1200)
    span.set_attribute("http.response.status_code", 500)
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    span.end(2000)
    return exporter.get_finished_spans()


def of_ours(
    headers: dict[str, str], failed: bool, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> list[Any]:
    class Provider(TracerProvider):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given, id_generator=InOrder())

    monkeypatch.setattr(spans, "TracerProvider", Provider)
    collector.requests.clear()
    made = Spans(OTLPSpanExporter(f"{collector.url}/v1/traces"), "sentiment", "1")
    span = made.begin("POST /predict", ABOUT, headers)
    if span.exported:
        made.child(span, "waiting", 1100, 1200, CHILD)
        made.end(span, 1000, 2000, {"http.response.status_code": 500}, failed)
    made.shutdown()
    return collector.requests


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"traceparent": CALLER.format("01"), "tracestate": "vendor=7"},
        {"traceparent": CALLER.format("03")},
        UNSAMPLED,
        {"traceparent": "nonsense"},
    ],
)
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"},
        {"OTEL_TRACES_SAMPLER": "always_on"},
        {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "2"},
        {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "3"},
    ],
)
@pytest.mark.parametrize("failed", [False, True])
def test_a_span_is_encoded_as_the_sdks_own(
    headers: dict[str, str],
    variables: dict[str, str],
    failed: bool,
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    wanted = of_the_sdk(headers, failed)
    sent = of_ours(headers, failed, collector, monkeypatch)
    assert sent == ([encode_spans(wanted)] if wanted else [])
    left_out = headers == UNSAMPLED and "always_on" not in variables.values()
    assert bool(wanted) != (left_out or "traceidratio" in variables.values())
