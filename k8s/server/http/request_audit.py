"""The audit lines of a request: one before anything of its body is decoded, and one before its answer leaves."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from anyio.to_thread import run_sync

from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem
from k8s.server.records.audit_chain import keyed_hash
from k8s.server.records.audit_event import audit_event, started_event
from k8s.server.records.audit_log import AuditError, AuditLog
from k8s.server.records.logs import log
from k8s.server.records.request_record import RequestRecord
from k8s.server.service import Service


def audit_unavailable() -> Problem:
    return Problem(ProblemKind.AUDIT_UNAVAILABLE, "The audit log cannot be written.", retry_after_s=5)


async def audit_start(record: RequestRecord, service: Service, body: bytes) -> None:
    """To be called as soon as the body is there. Raises Problem 503 where the line is missing and must not be."""
    audit = service.audit
    if audit is None:
        return

    def event() -> dict[str, Any]:
        return started_event(**_of_both(record, service), body=keyed_hash(audit.key, body))

    if not await run_sync(_is_started, record, service, audit, event):
        raise audit_unavailable()


def _is_started(record: RequestRecord, service: Service, audit: AuditLog, event: Callable[[], dict[str, Any]]) -> bool:
    chain = _appended(record, service, audit, event())
    record.start = chain or ""
    return chain is not None or not service.refuses_without_audit


async def audit_end(record: RequestRecord, service: Service) -> bool:
    """Whether the answer may leave."""
    audit = service.audit
    if audit is None or not record.operation:
        return True
    record.is_audited = True
    return await run_sync(_is_ended, record, service, audit)


def audit_cut_off(record: RequestRecord, service: Service) -> None:
    """The end of a request that never had an answer: the server stops, and waits no longer for its client."""
    if service.audit is not None and record.operation and not record.is_audited:
        record.is_audited = True
        _is_ended(record, service, service.audit)


def _is_ended(record: RequestRecord, service: Service, audit: AuditLog) -> bool:
    event = audit_event(
        **_of_both(record, service),
        status=record.status,
        problem=record.problem,
        instance=record.instance,
        pseudonym=audit.pseudonym,
        start=record.start,
    )
    return _appended(record, service, audit, event) is not None or not service.refuses_without_audit


def _of_both(record: RequestRecord, service: Service) -> dict[str, Any]:
    """What stands in the line of the start and in that of the end."""
    return {
        "recorded": datetime.now(UTC),
        "client": record.client or "unknown",
        "user": record.user,
        "certificate": record.certificate,
        "operation": record.operation,
        "request_id": record.request_id,
        "model": service.model.revision,
    }


def _appended(record: RequestRecord, service: Service, audit: AuditLog, event: dict[str, Any]) -> str | None:
    """The chain of the new line; None where it could not be written, which is counted and logged."""
    try:
        # refused, the request did not end as the line says: then it is not printed either
        chain = audit.append(event, even_if_only_printed=not service.refuses_without_audit)
    except AuditError as error:
        service.metrics.audit_errors.inc()
        log().error("audit line not written", request_id=record.request_id, reason=str(error))
        return None
    service.metrics.audit_lines.inc()
    return chain
