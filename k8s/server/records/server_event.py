"""What the server itself does, as FHIR R4 AuditEvents: it starts and stops, and takes changed keys and certificates.

The codes are those of DICOM PS3.16, context groups 400 and 401
(https://dicom.nema.org/medical/dicom/current/output/chtml/part16/sect_CID_401.html).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from k8s.server.records.audit_event import SOURCE, entity

APPLICATION_START = "110120"

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_ACTIVITY = ("110100", "Application Activity")
_ALERT = ("110113", "Security Alert")


class ServerAct(Enum):
    """Type and subtype of each event."""

    START = (_ACTIVITY, (APPLICATION_START, "Application Start"))
    STOP = (_ACTIVITY, ("110121", "Application Stop"))
    KEYS = (_ALERT, ("110137", "User Security Attributes Changed"))
    CERTIFICATE = (_ALERT, ("110129", "Security Configuration"))


def server_event(
    act: ServerAct, description: str, entities: Mapping[str, str], *, has_failed: bool = False
) -> dict[str, Any]:
    """The event. `description` is one plain sentence; `entities` are names and what they identify."""
    kind, subtype = act.value
    return {
        "resourceType": "AuditEvent",
        "type": _coding(*kind),
        "subtype": [_coding(*subtype)],
        "action": "E",
        "recorded": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "outcome": "8" if has_failed else "0",
        "outcomeDesc": description,
        "agent": [
            {
                "type": {"coding": [_coding("110150", "Application")]},
                "who": {"identifier": {"value": "xray-endpoint"}},
                "requestor": True,
            }
        ],
        "source": SOURCE,
        "entity": [entity(name, value) for name, value in entities.items()],
    }


def _coding(code: str, display: str) -> dict[str, str]:
    return {"system": _DCM, "code": code, "display": display}
