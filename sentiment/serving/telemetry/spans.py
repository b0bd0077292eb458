"""Spans of predictions, made when they have ended.

The SDK's own spans live: any thread may change one until it ends. Here a request notes moments
and numbers, and its spans are made of these at its end, which costs much less. What is to be
decided is decided by the SDK: which spans are sampled, under which ids, what they may hold, and
when they are exported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span, SpanFlags
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanKind, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sentiment.serving.telemetry.otlp import Attributes, EndedSpan, SpanSender

_HERE = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
_UNDER_A_CALLER = _HERE | SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK

_FROM_CALLERS = TraceContextTextMapPropagator()  # reads `traceparent` and `tracestate`


@dataclass(frozen=True, slots=True)
class BegunSpan:
    """A span of this server, as it is decided on when it begins."""

    name: str
    attributes: Attributes
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    """That of the caller's span; empty where the trace begins here."""
    state: str
    """What `tracestate` has."""
    exported: bool
    """Whether the sampler wants it."""


class Spans:
    """Makes spans, and has them exported in batches by a thread of the SDK."""

    def __init__(self, exporter: Any, service: str, version: str) -> None:
        """`exporter` is an `OTLPSpanExporter`. Variables go before `service` and `version`."""
        ours = Resource.create({"service.name": service, "service.version": version})
        resource = ours.merge(OTELResourceDetector().detect())
        scope = InstrumentationScope(service, version)
        self._batches = BatchSpanProcessor(SpanSender(exporter, resource, scope, SpanLimits()))
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(self._batches)

    def begin(
        self, name: str, attributes: Attributes, headers: Mapping[str, str] | None
    ) -> BegunSpan:
        """Begin a span under that of `traceparent` in the headers if they have one."""
        ids = self._provider.id_generator
        caller = None if headers is None else _FROM_CALLERS.extract(headers)
        parent = get_current_span(caller).get_span_context()
        trace_id = parent.trace_id if parent.is_valid else ids.generate_trace_id()
        wanted = self._provider.sampler.should_sample(
            caller, trace_id, name, SpanKind.SERVER, attributes, ()
        )
        return BegunSpan(
            name,
            wanted.attributes,
            trace_id.to_bytes(16, "big"),
            ids.generate_span_id().to_bytes(8, "big"),
            parent.span_id.to_bytes(8, "big") if parent.is_valid else b"",
            ",".join(f"{key}={value}" for key, value in (wanted.trace_state or {}).items()),
            wanted.decision is Decision.RECORD_AND_SAMPLE,
        )

    def end(
        self, span: BegunSpan, began: int, ended: int, outcome: Attributes, failed: bool
    ) -> None:
        """Export a span that `began` and `ended` in ns since 1970, with the `outcome` added."""
        self._export(
            EndedSpan(
                name=span.name,
                kind=Span.SPAN_KIND_SERVER,
                attributes={**span.attributes, **outcome},
                failed=failed,
                trace_id=span.trace_id,
                span_id=span.span_id,
                parent_id=span.parent_id,
                state=span.state,
                flags=_UNDER_A_CALLER if span.parent_id else _HERE,
                began=began,
                ended=ended,
            )
        )

    def child(
        self, parent: BegunSpan, name: str, began: int, ended: int, attributes: Attributes
    ) -> None:
        """Export a span under another one of this server."""
        self._export(
            EndedSpan(
                name=name,
                kind=Span.SPAN_KIND_INTERNAL,
                attributes=attributes,
                failed=False,
                trace_id=parent.trace_id,
                span_id=self._provider.id_generator.generate_span_id().to_bytes(8, "big"),
                parent_id=parent.span_id,
                state=parent.state,
                flags=_HERE,
                began=began,
                ended=ended,
            )
        )

    def shutdown(self) -> None:
        """Export what is left, and stop."""
        self._provider.shutdown()

    def _export(self, span: EndedSpan) -> None:
        self._batches.on_end(span)  # type: ignore[arg-type]
