"""Spans as the OpenTelemetry protocol has them, and how they leave.

Messages are those of opentelemetry-proto (trace/v1/trace.proto). The SDK's exporter makes them of
the SDK's own spans, and has no public way to send what is encoded already: `SpanSender` is the
one place that reaches into it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, TraceFlags

Attributes = Mapping[str, str | int]

_TEMPLATES = 2048  # that are kept: one for each number of tokens in each stage, and some more


@dataclass(slots=True)
class EndedSpan:
    """A span that is to be exported, in the words of the protocol."""

    name: str
    kind: Any
    attributes: Attributes
    failed: bool
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    """Empty where the trace begins with this span."""
    state: str
    """What `tracestate` has."""
    flags: int
    began: int
    """In ns since 1970."""
    ended: int
    context: ClassVar[SpanContext] = SpanContext(1, 1, False, TraceFlags(TraceFlags.SAMPLED))
    """What the SDK's queue asks of a span: whether it is sampled, as all of these are."""


class SpanSender(SpanExporter):
    """Encodes and sends batches of spans as the SDK's exporter would: its settings, its retries.

    It runs in a thread of the SDK, away from the requests.
    """

    def __init__(
        self, exporter: Any, resource: Resource, scope: InstrumentationScope, limits: SpanLimits
    ) -> None:
        """`exporter` is an `OTLPSpanExporter`; `resource` and `scope` say what spans are of.

        `limits` are those of attributes: how many, and how long.
        """
        self._exporter = exporter
        self._most = limits.max_span_attributes
        self._longest = limits.max_span_attribute_length
        self._templates = lru_cache(_TEMPLATES)(self._template)
        of = ReadableSpan("", EndedSpan.context, resource=resource, instrumentation_scope=scope)
        self._envelope = encode_spans([of])
        del self._envelope.resource_spans[0].scope_spans[0].spans[:]

    def export(self, spans: Sequence[Any]) -> SpanExportResult:
        """Send a batch of `EndedSpan`; what can't be sent is logged and dropped."""
        request = ExportTraceServiceRequest()
        request.CopyFrom(self._envelope)
        messages = request.resource_spans[0].scope_spans[0].spans
        for span in spans:
            self._encode(span, messages.add())
        sent = self._exporter._client.export(request.SerializeToString())
        return SpanExportResult.SUCCESS if sent.success else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """End what is tried again."""
        self._exporter.shutdown()

    def _encode(self, span: EndedSpan, message: Span) -> None:
        """Fill an empty message with a span."""
        attributes = tuple(span.attributes.items())
        message.CopyFrom(self._templates(span.name, span.kind, attributes, span.failed))
        message.trace_id = span.trace_id
        message.span_id = span.span_id
        if span.parent_id:
            message.parent_span_id = span.parent_id
        if span.state:
            message.trace_state = span.state
        message.flags = span.flags
        message.start_time_unix_nano = span.began
        message.end_time_unix_nano = span.ended

    def _template(
        self, name: str, kind: Any, attributes: tuple[tuple[str, str | int], ...], failed: bool
    ) -> Span:
        """Return a span without ids and moments: most requests need the same few.

        Of too many attributes the last ones are kept.
        """
        dropped = 0 if self._most is None else max(0, len(attributes) - self._most)
        return Span(
            name=name,
            kind=kind,
            attributes=[
                KeyValue(key=key, value=self._value(value)) for key, value in attributes[dropped:]
            ],
            dropped_attributes_count=dropped,
            status=Status(code=Status.STATUS_CODE_ERROR) if failed else Status(),
        )

    def _value(self, value: str | int) -> AnyValue:
        if isinstance(value, int):
            return AnyValue(int_value=value)
        return AnyValue(string_value=value[: self._longest])
