"""One request as a FHIR R4 AuditEvent (https://hl7.org/fhir/R4/auditevent.html), after the pattern of IHE BALP.

It says who asked what, when, about which study and how that ended. Identifiers of the study stand in it as keyed
hashes; there is no name, no image and no finding.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fovea.dicom import Instance

_AUDIT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_BALP_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
OBJECT = {"system": _ENTITY_TYPE, "code": "2", "display": "System Object"}


def audit_event(
    *,
    recorded: datetime,
    client: str,
    user: str,
    certificate: str = "",
    operation: str,
    status: int,
    problem: str,
    request_id: str,
    model: str,
    instance: Instance | None,
    pseudonym: Callable[[str], str],
) -> dict[str, Any]:
    """The event. `problem` is the kind of refusal, empty for an answer; `user` is empty where the client names none.

    `certificate` is whom the certificate of the connection names: a proxy in front, or the client itself.
    """
    machines = [certificate] if certificate not in ("", client) else []
    people = [user] if user else []
    entities = [
        {"what": {"identifier": {"value": request_id}}, "type": {"system": _BALP_ENTITY, "code": "XrequestId"}},
        {"what": {"identifier": {"value": model}}, "type": OBJECT, "name": "model revision"},
    ]
    if instance is not None:
        named = {"study": instance.study_instance_uid, "image": instance.sop_instance_uid}
        entities += [
            {"what": {"identifier": {"value": pseudonym(uid)}}, "type": OBJECT, "name": f"{name}, keyed hash"}
            for name, uid in named.items()
            if uid
        ]
    return {
        "resourceType": "AuditEvent",
        "type": {"system": _AUDIT_TYPE, "code": "rest", "display": "RESTful Operation"},
        "subtype": [{"system": _INTERACTION, "code": "operation", "display": "operation"}, {"display": operation}],
        "action": "E",
        "recorded": recorded.isoformat(timespec="milliseconds"),
        "outcome": _outcome(status),
        "outcomeDesc": f"{status} {problem}".strip(),
        "agent": [
            *({"who": {"identifier": {"value": person}}, "requestor": True} for person in people),
            {"who": {"identifier": {"value": client}}, "requestor": not people},
            *({"who": {"identifier": {"value": machine}}, "requestor": False} for machine in machines),
        ],
        "source": {"observer": {"display": "xray-endpoint"}},
        "entity": entities,
    }


def _outcome(status: int) -> str:
    """http://hl7.org/fhir/audit-event-outcome: success, minor failure (theirs), serious failure (ours)."""
    return "0" if status < 400 else "4" if status < 500 else "8"
