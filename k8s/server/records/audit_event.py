"""One request as FHIR R4 AuditEvents (https://hl7.org/fhir/R4/auditevent.html), after the pattern of IHE BALP.

A request that is admitted has two: one before anything of its body is decoded, with the outcome `started` and a keyed
hash of the body, and one before its answer leaves, which names the chain of the first. A request that is refused
before has the second alone. They say who asked what, when, about which study and how that ended. Identifiers of the
study stand in them as keyed hashes; there is no name, no image and no finding.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fovea.dicom import Instance

STARTED, END_OF, BODY = "started", "chain of the started line", "body, keyed hash"

_AUDIT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_BALP_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
OBJECT = {"system": _ENTITY_TYPE, "code": "2", "display": "System Object"}
SOURCE = {"observer": {"display": "xray-endpoint"}}


def started_event(
    *,
    recorded: datetime,
    client: str,
    user: str,
    certificate: str = "",
    operation: str,
    request_id: str,
    model: str,
    body: str,
) -> dict[str, Any]:
    """The event of a request whose body is known. `body` is its keyed hash."""
    entities = [_request(request_id), entity("model revision", model), entity(BODY, body)]
    return _event(recorded, _agents(client, user, certificate), operation, "0", STARTED, entities)


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
    start: str = "",
) -> dict[str, Any]:
    """The event of a request's end.

    `problem` is the kind of refusal, empty for an answer; `user` is empty where the client names none; `certificate` is
    whom the certificate of the connection names, a proxy in front or the client itself; `start` is the chain of the
    started line, empty where there is none.
    """
    entities = [_request(request_id), entity("model revision", model)]
    if start:
        entities.append(entity(END_OF, start))
    if instance is not None:
        named = {"study": instance.study_instance_uid, "image": instance.sop_instance_uid}
        entities += [entity(f"{name}, keyed hash", pseudonym(uid)) for name, uid in named.items() if uid]
    agents = _agents(client, user, certificate)
    return _event(recorded, agents, operation, _outcome(status), f"{status} {problem}".strip(), entities)


def entity(name: str, value: str) -> dict[str, Any]:
    return {"what": {"identifier": {"value": value}}, "type": OBJECT, "name": name}


def _request(request_id: str) -> dict[str, Any]:
    return {"what": {"identifier": {"value": request_id}}, "type": {"system": _BALP_ENTITY, "code": "XrequestId"}}


def _agents(client: str, user: str, certificate: str) -> list[dict[str, Any]]:
    """The person who asks, if there is one, the client, and who else's certificate the connection has."""
    names = {user: bool(user), client: not user} | ({certificate: False} if certificate not in ("", client) else {})
    return [{"who": {"identifier": {"value": name}}, "requestor": asks} for name, asks in names.items() if name]


def _event(
    recorded: datetime,
    agents: list[dict[str, Any]],
    operation: str,
    outcome: str,
    description: str,
    entities: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "resourceType": "AuditEvent",
        "type": {"system": _AUDIT_TYPE, "code": "rest", "display": "RESTful Operation"},
        "subtype": [{"system": _INTERACTION, "code": "operation", "display": "operation"}, {"display": operation}],
        "action": "E",
        "recorded": recorded.isoformat(timespec="milliseconds"),
        "outcome": outcome,
        "outcomeDesc": description,
        "agent": agents,
        "source": SOURCE,
        "entity": entities,
    }


def _outcome(status: int) -> str:
    """http://hl7.org/fhir/audit-event-outcome: success, minor failure (theirs), serious failure (ours)."""
    return "0" if status < 400 else "4" if status < 500 else "8"
