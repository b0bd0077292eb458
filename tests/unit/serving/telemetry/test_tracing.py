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
PROTOCOL = "http/protobuf"


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
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", " http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:99999"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "unix:///collector"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector:port/v1/traces"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "-3"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "nan"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/gone/ca.crt"),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/gone/tls.key"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "nan"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1e18"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "10"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5000"),
        ("OTEL_BSP_SCHEDULE_DELAY", "1e3"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2.5"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "soon"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "odd"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "odd"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-1"),
        ("OTEL_TRACES_SAMPLER", "always"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_PROPAGATORS", "b3"),
        ("OTEL_TRACES_EXPORTER", "console"),
    ],
)
def test_what_could_not_be_exported_as_asked_is_refused(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name) as refusal:
        Tracing.from_environment(ENDPOINT | {name: value})
    assert value in str(refusal.value)


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


@pytest.mark.parametrize("share", ["2", "-0.1", "nan", "half"])
def test_a_share_of_traces_is_between_none_and_all(share: str) -> None:
    sampler = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}
    with pytest.raises(UsageError, match="OTEL_TRACES_SAMPLER_ARG"):
        Tracing.from_environment(ENDPOINT | sampler | {"OTEL_TRACES_SAMPLER_ARG": share})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization s3cret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=good,=s3cret"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=s3cret%0D%0Aa: b"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=s3crét"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "user:s3cret@collector:4318"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=a,s3cret"),
    ],
)
def test_what_may_be_secret_is_not_in_the_refusal(
    name: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UsageError, match=name) as refusal:
        Tracing.from_environment(ENDPOINT | {name: value})
    assert "s3cr" not in str(refusal.value) + caplog.text


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": PROTOCOL},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "HTTPS://[::1]:4318/v1/traces"},
        {"OTEL_EXPORTER_OTLP_COMPRESSION": "GZIP", "OTEL_EXPORTER_OTLP_CERTIFICATE": __file__},
        {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic%20YTpi==,api-key = a=b, ,"},
        {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"},
        {"OTEL_TRACES_SAMPLER": "Always_On", "OTEL_TRACES_SAMPLER_ARG": "http://ignored"},
        {"OTEL_PROPAGATORS": "tracecontext, baggage"},
        {"OTEL_BSP_MAX_QUEUE_SIZE": "512", "OTEL_SPAN_LINK_COUNT_LIMIT": "0"},
        {"OTEL_RESOURCE_ATTRIBUTES": "team=a=b,region=%20"},
        {"OTEL_METRICS_EXPORTER": "prometheus", "OTEL_LOGS_EXPORTER": "console"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_what_the_specification_allows_is_taken(variables: dict[str, str]) -> None:
    assert Tracing.from_environment(ENDPOINT | variables) is not None


def test_an_end_of_line_in_a_url_is_told_of() -> None:
    with pytest.raises(UsageError, match=r"OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318\\n'"):
        Tracing.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318\n"})


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
