"""What is known of one request while it lasts: for its answer, the log, the metrics, the trace and the audit line."""

import re
import secrets
import threading
import time
from dataclasses import dataclass, field

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.requests import Request

from fovea.dicom import Instance

REQUEST_ID = "X-Request-Id"
TRACEPARENT = "traceparent"

_REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_PROPAGATOR = TraceContextTextMapPropagator()


@dataclass(frozen=True)
class TraceContext:
    """The caller's trace, or a new one; `span_id` is this request's own."""

    trace_id: str
    parent_id: str
    span_id: str
    flags: str

    @classmethod
    def of(cls, traceparent: str | None, is_traced: bool = False) -> "TraceContext":
        """A header that is not of the standard's form starts a new trace, as the standard asks (section 4.2).

        A new trace is marked as sampled where this server records spans: `is_traced`.
        """
        caller = get_current_span(_PROPAGATOR.extract({TRACEPARENT: traceparent or ""})).get_span_context()
        span_id = secrets.token_hex(8)
        if not caller.is_valid:
            return cls(secrets.token_hex(16), "", span_id, "01" if is_traced else "00")
        flags = f"{caller.trace_flags:02x}"
        return cls(format_trace_id(caller.trace_id), format_span_id(caller.span_id), span_id, flags)

    @property
    def header(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


@dataclass(eq=False)
class RequestRecord:
    """One request. `operation` is empty for what is not audited: health and metadata."""

    request_id: str
    trace: TraceContext
    started: float = field(default_factory=time.monotonic)
    started_ns: int = field(default_factory=time.time_ns)
    route: str = "other"
    operation: str = ""
    client: str = ""
    user: str = ""
    """the person for whom the client asks, where its token names one; for the audit log alone"""
    certificate: str = ""
    """whom the certificate of the connection names; empty without one"""
    status: int = 0
    problem: str = ""
    instance: Instance | None = None
    start: str = ""
    """chain of the audit line that says that the request has started; empty before it is written"""
    is_audited: bool = False
    """whether the audit line of its end was written, or tried"""
    stages: dict[str, tuple[float, float]] = field(default_factory=dict)
    """name: start and end by time.monotonic()"""
    _is_finished: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of_headers(cls, request_id: str | None, traceparent: str | None, is_traced: bool = False) -> "RequestRecord":
        """Takes the caller's id where it is one word of plain characters; else it gets a new one."""
        is_id = request_id is not None and _REQUEST_ID_PATTERN.fullmatch(request_id)
        trace = TraceContext.of(traceparent, is_traced)
        return cls(request_id if request_id and is_id else secrets.token_hex(16), trace)

    def stage(self, name: str, start: float) -> float:
        """Closes a stage that began at `start`; gives its end, which is where the next one begins."""
        end = time.monotonic()
        with self._lock:
            if not self._is_finished:
                self.stages[name] = (start, end)
        return end

    def finish(self) -> None:
        """No stage is added any more: a worker that nobody waits for must not change what is being read."""
        with self._lock:
            self._is_finished = True

    @property
    def timings_ms(self) -> dict[str, float]:
        return {name: round((end - start) * 1000, 3) for name, (start, end) in self.stages.items()}


def record_of(request: Request) -> RequestRecord:
    """The record that the recorder put into the request's state."""
    record = request.state.record
    assert isinstance(record, RequestRecord)
    return record
