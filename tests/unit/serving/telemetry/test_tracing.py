"""Which variables turn tracing on, and which are refused; how it ends."""

import socket
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from sentiment.errors import UsageError
from sentiment.serving.telemetry.context import RequestContext
from sentiment.serving.telemetry.tracing import Tracing

EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("variables", "on"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "reviews"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "True"}, False),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
    ],
)
def test_an_exporter_that_is_named_turns_it_on(variables: dict[str, str], on: bool) -> None:
    assert (Tracing.from_environment(variables) is not None) == on


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "nan"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1e18"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "10"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5000"),
    ],
)
def test_what_could_not_be_exported_as_asked_is_refused(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name) as refusal:
        Tracing.from_environment(ENDPOINT | {name: value})
    assert value in str(refusal.value)


@pytest.mark.parametrize("name", ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"])
def test_what_opentelemetry_itself_refuses_is_refused_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "odd")
    with pytest.raises(UsageError, match="odd"):
        Tracing.from_environment(ENDPOINT)


@pytest.mark.parametrize(
    ("endpoint", "by_proxy"),
    [("http://[::1]:4318", False), ("http://localhost:4318", False), ("http://a:4318", True)],
)
def test_a_collector_on_this_machine_is_asked_without_a_proxy(
    endpoint: str, by_proxy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: list[Any] = []

    def make(*, session: Any, **_: object) -> object:
        sessions.append(session)
        return object()

    monkeypatch.setattr(f"{EXPORTER}.OTLPSpanExporter", make)
    Tracing.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint})
    assert [session is None or session.trust_env for session in sessions] == [by_proxy]


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, EXPORTER, None)
    with pytest.raises(UsageError, match=r"requirements/tracing\.txt"):
        Tracing.from_environment(ENDPOINT)


def a_request() -> Any:
    return SimpleNamespace(
        method="POST", headers={}, scope={"scheme": "http", "http_version": "1.1"}
    )


def test_what_hangs_delays_neither_a_span_nor_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that accepts connections and never answers; more spans than are kept."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listening:
        port = listening.getsockname()[1]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600")
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "32")
        tracing = Tracing.from_environment()
        assert tracing is not None
        tracing.start()
        for _ in range(1000):
            with tracing.span(a_request(), "/predict", RequestContext("1")) as answered:
                answered(200)
        connection, _ = listening.accept()
        with connection:
            ending = threading.Thread(target=tracing.close, args=(0.01,))
            ending.start()
            ending.join(60)
    assert not ending.is_alive()


def test_before_it_is_started_there_are_no_spans() -> None:
    tracing = Tracing.from_environment(ENDPOINT)
    assert tracing is not None
    context = RequestContext("1")
    with tracing.span(a_request(), "/predict", context) as answered:
        answered(200)
    tracing.close(1)
    assert context.ids() == {"request_id": "1"}
