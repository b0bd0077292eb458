"""Spans of predictions, exported by OpenTelemetry as its standard variables, `OTEL_*`, say.

Off, with nothing of it imported, unless they name an exporter. A prediction has one span,
with a child for each of its stages (`stages`), under the span that its caller names in
`traceparent`. Spans hold names and numbers, never texts. They leave in batches, from a thread
of their own and a bounded queue, so an exporter that is down delays nobody. What the variables
ask for is checked in `variables`.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from starlette.requests import Request

from sentiment import __version__
from sentiment.errors import UsageError, in_one_line
from sentiment.loopback import url_is_here
from sentiment.serving.log_rate import LogRate
from sentiment.serving.telemetry import variables
from sentiment.serving.telemetry.context import RequestContext
from sentiment.serving.telemetry.stages import Stages

_INSTALL = "pip install -r requirements/tracing.txt, or unset OTEL_*."

# Seconds that a batch of spans may take. OpenTelemetry's default is 10, and a shutdown that meets
# a collector that hangs would wait for it.
_EXPORT_S = 3.0


class Tracing:
    """Makes spans of predictions. Nothing is exported before `start()`."""

    def __init__(self, exporter: Any, follows_callers: bool = True) -> None:
        """`exporter` is a `SpanExporter`; who follows callers carries on their `traceparent`."""
        self._exporter = exporter
        self._follows_callers = follows_callers
        self._provider: Any = None
        self._tracer: Any = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self | None:
        """Return what the variables ask for, None if they name no exporter.

        Raises `UsageError` if they ask for what is not there, or can't be read.
        """
        environment = os.environ if environment is None else environment
        given = variables.given_in(environment)
        if not variables.asked_for(given):
            return None
        variables.check(given)
        return cls(_otlp_exporter(given), variables.follows_callers(given))

    def start(self) -> None:
        """Begin to export, in a thread; call it in the process that answers."""
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        _bound_logs()
        ours = Resource.create({"service.name": "sentiment", "service.version": __version__})
        resource = ours.merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("sentiment", __version__)

    def close(self, seconds: float) -> None:
        """Export what is left, for `seconds` at most, and stop."""
        if self._provider is None:
            return
        # By itself the provider waits up to 30 s for an exporter that hangs.
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(seconds)
        if closing.is_alive():
            self._exporter.shutdown()  # which ends what it tries again

    @contextlib.contextmanager
    def span(
        self, request: Request, route: str, context: RequestContext
    ) -> Iterator[Callable[[int], None]]:
        """Make a span of what happens in this context; yield what takes the status answered."""
        if self._tracer is None:
            yield lambda _: None
            return
        from opentelemetry.trace import SpanKind, format_span_id, format_trace_id

        offset = time.time_ns() - time.perf_counter_ns()
        span = self._tracer.start_span(
            f"{request.method} {route}",
            context=_caller(request) if self._follows_callers else None,
            kind=SpanKind.SERVER,
            attributes=_attributes(request, route),
            start_time=time.perf_counter_ns() + offset,
        )
        ids = span.get_span_context()
        context.trace_id = format_trace_id(ids.trace_id)
        context.span_id = format_span_id(ids.span_id)
        if span.is_recording():
            context.stages = Stages()
        try:
            yield lambda status: _set_status(span, status)
        finally:
            self._add_stages(span, context.stages or Stages(), offset)
            span.end(time.perf_counter_ns() + offset)

    def _add_stages(self, span: Any, stages: Stages, offset: int) -> None:
        """Make a child of each stage; `offset` is from their clock to the time of day, in ns."""
        from opentelemetry.trace import set_span_in_context

        inside = set_span_in_context(span)
        for name, stage in stages.items():
            child = self._tracer.start_span(
                name,
                context=inside,
                attributes={"sentiment.texts": stage.texts, "sentiment.tokens": stage.tokens},
                start_time=int(stage.began * 1e9) + offset,
            )
            child.end(int(stage.ended * 1e9) + offset)


def _bound_logs() -> None:
    """Let OpenTelemetry repeat neither a caller nor, while a collector is down, itself."""
    # What is wrong with a caller's `tracestate` would be told in the caller's words.
    logging.getLogger("opentelemetry.trace.span").setLevel(logging.ERROR)
    for name in ("exporter.otlp.proto.http.trace_exporter", "sdk._shared_internal"):
        logging.getLogger(f"opentelemetry.{name}").addFilter(LogRate(1, seconds=60))


def _caller(request: Request) -> Any:
    """Return the context that the caller's `traceparent` and `tracestate` name."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract(request.headers)


def _attributes(request: Request, route: str) -> dict[str, str]:
    """Return what is known before the answer, by OpenTelemetry's names for HTTP servers."""
    return {
        "http.request.method": request.method,
        "http.route": route,
        "url.path": route,
        "url.scheme": request.scope["scheme"],
        "network.protocol.version": request.scope["http_version"],
    }


def _set_status(span: Any, status: int) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)


def _otlp_exporter(given: Mapping[str, str]) -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise UsageError(f"Tracing needs a package: {error}.", _INSTALL) from None
    own_timeout = variables.of_traces(given, "TIMEOUT") in given
    try:
        return OTLPSpanExporter(timeout=None if own_timeout else _EXPORT_S, session=_session(given))
    except Exception as error:
        raise UsageError(
            f"Tracing cannot start: {in_one_line(error)}.",
            "See the variables OTEL_EXPORTER_OTLP_*.",
        ) from None


def _session(given: Mapping[str, str]) -> Any:
    """Return what asks a collector on this machine without a proxy; None: OpenTelemetry's own."""
    endpoint = given.get(variables.of_traces(given, "ENDPOINT"), "http://localhost")
    if not url_is_here(endpoint):
        return None
    import requests

    session = requests.Session()
    session.trust_env = False
    return session
