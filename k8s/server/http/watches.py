"""What the server looks at now and then while it runs: its certificates, its audit file, what the log left out."""

import asyncio
import hashlib
import os
import ssl
from pathlib import Path

import uvicorn

from k8s.server.records.audit_log import AuditError
from k8s.server.records.log_rate import strangers_rate
from k8s.server.records.logs import log
from k8s.server.records.server_audit import ServerAudit
from k8s.server.records.server_event import ServerAct
from k8s.server.service import Service
from k8s.server.settings import Settings

CERTIFICATE_CHECK_S = 60.0
AUDIT_SYNC_S = 10.0
LOG_REPORT_S = 60.0


async def reload_certificates(config: uvicorn.Config, settings: Settings, audit: ServerAudit) -> None:
    """cert-manager renews the files in place; connections made after that get the new certificate."""
    if settings.tls_cert is None or settings.tls_key is None or config.ssl is None:
        return
    seen = tried = _modified(settings.tls_cert)
    while True:
        await asyncio.sleep(CERTIFICATE_CHECK_S)
        now = _modified(settings.tls_cert)
        if now != seen:
            is_new, tried = now != tried, now
            try:
                # tried apart first: of a pair that does not fit, the certificate would stay and end all handshakes
                for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), config.ssl):
                    context.load_cert_chain(settings.tls_cert, settings.tls_key)
                seen = now
                loaded = {"certificate, sha256": _fingerprint(settings.tls_cert)}
                await asyncio.to_thread(audit.write, ServerAct.CERTIFICATE, "certificate read again", loaded)
            except (OSError, ValueError):  # ssl.SSLError is the first, a file that is no PEM the second
                log().error("certificate not reloaded")
                if is_new:  # tried again each minute, and audited once
                    description = "certificate changed and not read: the old one stays"
                    await asyncio.to_thread(audit.write, ServerAct.CERTIFICATE, description, has_failed=True)


async def sync_audit(service: Service) -> None:
    """Lines cut off the audit file show as far as the last head that is logged here."""
    audit = service.audit
    seen = audit.lines if audit else 0
    while audit is not None:
        await asyncio.sleep(AUDIT_SYNC_S)
        if audit.lines != seen:
            seen, head = audit.lines, audit.head
            try:
                await asyncio.to_thread(audit.sync)
                log().info("audit synced", lines=seen, audit_head=head)
            except AuditError as error:
                service.metrics.audit_errors.inc()
                log().error("audit file not synced", reason=str(error))


async def report_left_out() -> None:
    while True:
        await asyncio.sleep(LOG_REPORT_S)
        log_left_out()


def log_left_out() -> None:
    left_out = strangers_rate().take_left_out()
    if left_out:
        log().warning("lines on strangers left out", lines=left_out)


def _fingerprint(path: Path) -> str:
    """Of the first certificate of a PEM file, as `openssl x509 -fingerprint -sha256` gives it."""
    pem = path.read_text()
    certificate = pem[pem.index(ssl.PEM_HEADER) : pem.index(ssl.PEM_FOOTER) + len(ssl.PEM_FOOTER)]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()


def _modified(path: Path) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
