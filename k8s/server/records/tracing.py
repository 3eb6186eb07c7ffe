"""OpenTelemetry spans of requests and their stages, sent by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT is set."""

import os
import threading
from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from k8s.server.records.request_record import RequestRecord

CLOSE_S = 3.0
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

__all__ = ["ENDPOINT", "ReadableSpan", "Tracing", "tracing_from_environment"]


class _GivenSpanId(RandomIdGenerator):
    """The span of a request has the id that its response named."""

    span_id = 0

    def generate_span_id(self) -> int:
        given, self.span_id = self.span_id, 0
        return given or super().generate_span_id()

    trace_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id or super().generate_trace_id()


class Tracing:
    """Turns the record of a finished request into spans, with route, status and problem; nothing of the film."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._ids = _GivenSpanId()
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "xray-endpoint"}),
            id_generator=self._ids,
            shutdown_on_exit=False,  # `close` does it, and waits no longer than it says
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("k8s.server")

    def export(self, record: RequestRecord, ended_ns: int) -> None:
        """Called on the event loop, one request at a time."""
        trace = record.trace
        self._ids.trace_id, self._ids.span_id = int(trace.trace_id, 16), int(trace.span_id, 16)
        parent = None
        if trace.parent_id:
            context = SpanContext(
                int(trace.trace_id, 16), int(trace.parent_id, 16), True, TraceFlags(int(trace.flags, 16))
            )
            parent = set_span_in_context(NonRecordingSpan(context))
        attributes: dict[str, str | int] = {
            "http.route": record.route,
            "http.response.status_code": record.status,
        }
        if record.problem:
            attributes["error.type"] = record.problem
        span = self._tracer.start_span(
            record.route,
            context=parent,
            kind=SpanKind.SERVER,
            start_time=record.started_ns,
            attributes=attributes,
        )
        inside = set_span_in_context(span)
        for name, (start, end) in record.stages.items():
            child = self._tracer.start_span(name, context=inside, start_time=_wall(record, start))
            child.end(_wall(record, end))
        if record.status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended_ns)

    def close(self) -> None:
        """Send what is left; a collector that does not answer delays the end by CLOSE_S at most."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(CLOSE_S)


def _wall(record: RequestRecord, moment: float) -> int:
    return record.started_ns + int((moment - record.started) * 1e9)


def tracing_from_environment(make: Callable[[], SpanExporter] = OTLPSpanExporter) -> Tracing | None:
    """None where no endpoint is set; the exporter reads its own variables (OTEL_EXPORTER_OTLP_*)."""
    return Tracing(make()) if os.environ.get(ENDPOINT) else None
