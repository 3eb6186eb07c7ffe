"""Writes what the server itself does into the audit log. That this fails is counted and logged, and ends nothing."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from k8s.server.access.api_keys import Key, KeyChange
from k8s.server.records.audit_log import AuditError, AuditLog
from k8s.server.records.logs import log
from k8s.server.records.metrics import Metrics
from k8s.server.records.server_event import ServerAct, server_event

HASH_START = 12  # of a key's sha256, as `python -m k8s.server.keys list` shows it


@dataclass(frozen=True)
class ServerAudit:
    """The audit log, or none."""

    log: AuditLog | None
    metrics: Metrics

    def write(
        self, act: ServerAct, description: str, entities: Mapping[str, str] | None = None, *, has_failed: bool = False
    ) -> None:
        """Waits for the disk and for standard output; not to be called from the event loop."""
        if self.log is None:
            return
        try:
            self.log.append(
                server_event(act, description, entities or {}, has_failed=has_failed), even_if_only_printed=True
            )
        except AuditError as error:
            self.metrics.audit_errors.inc()
            log().error("audit line not written", act=act.name.lower(), reason=str(error))
        else:
            self.metrics.audit_lines.inc()

    def keys_changed(self, change: KeyChange) -> None:
        """Returns at once: who notices a changed file is the event loop, on behalf of a client."""
        if change.is_read:
            changes = {"added": change.added, "removed": change.removed}
            named = [f"{word} {', '.join(map(_name, keys))}" for word, keys in changes.items() if keys]
            description = f"key file read again: {'; '.join(named) or 'the same keys'}"
        else:
            description = "key file changed and not read: the keys stay as they were"
        write = threading.Thread(
            target=self.write, args=(ServerAct.KEYS, description), kwargs={"has_failed": not change.is_read}
        )
        write.start()


def _name(key: Key) -> str:
    return f"{key.name} (sha256 {key.sha256[:HASH_START]}, {' '.join(key.scopes)}, until {key.expires})"
