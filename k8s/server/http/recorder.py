"""The outermost layer: every answer is identified, counted, logged, traced and audited here, and nowhere else."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import MEDIA_TYPE, Problem, internal
from k8s.server.records.audit_event import audit_event
from k8s.server.records.audit_log import AuditError
from k8s.server.records.logs import log
from k8s.server.records.request_record import REQUEST_ID, TRACEPARENT, RequestRecord
from k8s.server.records.tracing import Tracing
from k8s.server.service import Service

CLIENT_GONE = 499


class Recorder:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, service: Callable[[], Service], tracing: Tracing | None) -> None:
        self._app, self._service, self._tracing = app, service, tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        record = RequestRecord.of_headers(
            _text(headers.get(REQUEST_ID.lower().encode())),
            _text(headers.get(TRACEPARENT.encode())),
            is_traced=self._tracing is not None,
        )
        scope.setdefault("state", {})["record"] = record
        service = self._service()
        service.metrics.in_flight.inc()
        response = _AuditedResponse(record, service, send)
        try:
            await self._app(scope, receive, response.send)
        except Exception as error:  # the edge: what is not a refusal is ours, and says nothing of itself to the client
            log().error("internal error", request_id=record.request_id, error=type(error).__name__, at=_place(error))
            if not response.has_started:
                await response.refuse(internal())
        finally:
            service.metrics.in_flight.dec()
            self._finish(record, service)

    def _finish(self, record: RequestRecord, service: Service) -> None:
        record.finish()
        record.status = record.status or CLIENT_GONE
        seconds = time.monotonic() - record.started
        metrics = service.metrics
        metrics.requests.labels(record.route, record.status).inc()
        metrics.request_seconds.labels(record.route).observe(seconds)
        for name, (start, end) in record.stages.items():
            metrics.stage_seconds.labels(name).observe(end - start)
        if self._tracing is not None:
            self._tracing.export(record, time.time_ns())
        log().info(
            "request",
            route=record.route,
            status=record.status,
            problem=record.problem,
            client=record.client,
            certificate=record.certificate,
            request_id=record.request_id,
            trace_id=record.trace.trace_id,
            ms=round(seconds * 1000, 1),
        )


class _AuditedResponse:
    """Sends the response: with its identifiers, and only after its audit line is written."""

    def __init__(self, record: RequestRecord, service: Service, send: Send) -> None:
        self._record, self._service, self._send = record, service, send
        self.has_started = False
        self._is_replaced = False

    async def send(self, message: Message) -> None:
        if self._is_replaced:
            return
        if message["type"] == "http.response.start" and not self.has_started:
            self._record.status = message["status"]
            if not await self._audit():
                self._is_replaced = True
                problem = Problem(ProblemKind.AUDIT_UNAVAILABLE, "The audit log cannot be written.", retry_after_s=5)
                await self._start_and_end(problem)
                return
            message = {**message, "headers": [*message["headers"], *self._headers()]}
            self.has_started = True
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer in the application's place."""
        self._record.status = problem.status
        if not await self._audit():
            problem = Problem(ProblemKind.AUDIT_UNAVAILABLE, "The audit log cannot be written.", retry_after_s=5)
        await self._start_and_end(problem)

    async def _start_and_end(self, problem: Problem) -> None:
        self._record.status, self._record.problem = problem.status, problem.kind
        body = problem.body(self._record.request_id)
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body))} | problem.headers
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.has_started = True
        await self._send(
            {"type": "http.response.start", "status": problem.status, "headers": [*encoded, *self._headers()]}
        )
        await self._send({"type": "http.response.body", "body": body})

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = [
            (REQUEST_ID.lower().encode(), self._record.request_id.encode()),
            (TRACEPARENT.encode(), self._record.trace.header.encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if not self._service.lifecycle.is_ready:
            headers.append((b"connection", b"close"))  # the next request finds another pod
        return headers

    async def _audit(self) -> bool:
        """Whether the answer may leave."""
        record, service = self._record, self._service
        if service.audit is None or not record.operation:
            return True
        event = audit_event(
            recorded=datetime.now(UTC),
            client=record.client or "unknown",
            user=record.user,
            certificate=record.certificate,
            operation=record.operation,
            status=record.status,
            problem=record.problem,
            request_id=record.request_id,
            model=service.model.revision,
            instance=record.instance,
            pseudonym=service.audit.pseudonym,
        )
        try:
            # refused, the request did not end as the line says: then it is not printed either
            append = partial(service.audit.append, even_if_only_printed=not service.refuses_without_audit)
            await run_sync(append, event)
        except AuditError as error:
            service.metrics.audit_errors.inc()
            log().error("audit line not written", request_id=record.request_id, reason=str(error))
            return not service.refuses_without_audit
        service.metrics.audit_lines.inc()
        return True


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _place(error: BaseException) -> str:
    """File and line, without the message, which may quote the request."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
