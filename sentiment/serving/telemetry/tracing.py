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
from typing import TYPE_CHECKING, Any, Self

from starlette.requests import Request

from sentiment import __version__
from sentiment.errors import UsageError, in_one_line
from sentiment.loopback import url_is_here
from sentiment.serving.log_rate import LogRate
from sentiment.serving.telemetry import variables
from sentiment.serving.telemetry.context import RequestContext
from sentiment.serving.telemetry.stages import Stage, Stages

if TYPE_CHECKING:
    from sentiment.serving.telemetry.spans import Spans

_INSTALL = "pip install -r requirements/tracing.txt, or unset OTEL_*."

# Seconds that a batch of spans may take. OpenTelemetry's default is 10, and a shutdown that meets
# a collector that hangs would wait for it.
_EXPORT_S = 3.0


class Tracing:
    """Makes spans of predictions. Nothing is exported before `start()`."""

    def __init__(self, exporter: Any, follows_callers: bool = True) -> None:
        """`exporter` is an `OTLPSpanExporter`; callers who are followed name the trace."""
        self._exporter = exporter
        self._follows_callers = follows_callers
        self._spans: Spans | None = None

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
        from sentiment.serving.telemetry.spans import Spans

        _bound_logs()
        self._spans = Spans(self._exporter, "sentiment", __version__)

    def close(self, seconds: float) -> None:
        """Export what is left, for `seconds` at most, and stop."""
        if self._spans is None:
            return
        # By itself the SDK waits up to 30 s for an exporter that hangs.
        closing = threading.Thread(target=self._spans.shutdown, daemon=True)
        closing.start()
        closing.join(seconds)
        if closing.is_alive():
            self._exporter.shutdown()  # which ends what it tries again

    @contextlib.contextmanager
    def span(
        self, request: Request, route: str, context: RequestContext
    ) -> Iterator[Callable[[int], None]]:
        """Make a span of what happens in this context; yield what takes the status answered."""
        if self._spans is None:
            yield lambda _: None
            return
        began = time.perf_counter_ns()
        offset = time.time_ns() - began  # from the clock of stages to the time of day
        span = self._spans.begin(
            f"{request.method} {route}",
            _attributes(request, route),
            request.headers if self._follows_callers else None,
        )
        context.trace_id, context.span_id = span.trace_id.hex(), span.span_id.hex()
        if not span.exported:
            yield lambda _: None
            return
        stages = context.stages = Stages()
        outcome: dict[str, str | int] = {}
        try:
            yield lambda status: outcome.update(_outcome(status))
        finally:
            for name, stage in stages.items():
                at, until = (int(moment * 1e9) + offset for moment in (stage.began, stage.ended))
                self._spans.child(span, name, at, until, _size(stage))
            ended = time.perf_counter_ns() + offset
            self._spans.end(span, began + offset, ended, outcome, failed="error.type" in outcome)


def _bound_logs() -> None:
    """Let OpenTelemetry repeat neither a caller nor, while a collector is down, itself."""
    # What is wrong with a caller's `tracestate` would be told in the caller's words.
    logging.getLogger("opentelemetry.trace.span").setLevel(logging.ERROR)
    for name in ("exporter.otlp.proto.http.trace_exporter", "sdk._shared_internal"):
        logging.getLogger(f"opentelemetry.{name}").addFilter(LogRate(1, seconds=60))


def _attributes(request: Request, route: str) -> dict[str, str]:
    """Return what is known before the answer, by OpenTelemetry's names for HTTP servers."""
    return {
        "http.request.method": request.method,
        "http.route": route,
        "url.path": route,
        "url.scheme": request.scope["scheme"],
        "network.protocol.version": request.scope["http_version"],
    }


def _size(stage: Stage) -> dict[str, int]:
    return {"sentiment.texts": stage.texts, "sentiment.tokens": stage.tokens}


def _outcome(status: int) -> dict[str, str | int]:
    """Return what is known with the answer; only a fault of the server's own is an error."""
    outcome: dict[str, str | int] = {"http.response.status_code": status}
    if status >= 500:
        outcome["error.type"] = str(status)
    return outcome


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
