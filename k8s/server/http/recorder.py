"""The outermost layer: every answer is identified, counted, logged, traced and audited here, and nowhere else."""

import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from k8s.server.http.request_audit import audit_cut_off, audit_end, audit_unavailable
from k8s.server.problems import MEDIA_TYPE, Problem, internal
from k8s.server.records.log_rate import strangers_rate
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
        audit_cut_off(record, service)
        seconds = time.monotonic() - record.started
        metrics = service.metrics
        metrics.requests.labels(record.route, record.status).inc()
        metrics.request_seconds.labels(record.route).observe(seconds)
        for name, (start, end) in record.stages.items():
            metrics.stage_seconds.labels(name).observe(end - start)
        if self._tracing is not None:
            self._tracing.export(record, time.time_ns())
        is_known = record.client and record.status != HTTPStatus.TOO_MANY_REQUESTS
        if is_known or strangers_rate().admits_one():  # a flood must not fill the log
            _log_request(record, seconds)


def _log_request(record: RequestRecord, seconds: float) -> None:
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
            if not await audit_end(self._record, self._service):
                self._is_replaced = True
                await self._start_and_end(audit_unavailable())
                return
            message = {**message, "headers": [*message["headers"], *self._headers()]}
            self.has_started = True
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer in the application's place."""
        self._record.status = problem.status
        if not await audit_end(self._record, self._service):
            problem = audit_unavailable()
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


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _place(error: BaseException) -> str:
    """File and line, without the message, which may quote the request."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
