"""Audit lines as FHIR R4 AuditEvents: one for each film request, with nothing of a patient."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest
from endpoint import FILM, PHANTOM, ends, wait_until
from phantom import phantom

from fovea.dicom import Instance, read_dicom
from k8s.server.access.api_keys import add_key
from k8s.server.records.audit_chain import read_audit_key
from k8s.server.records.audit_check import verify
from k8s.server.records.audit_event import audit_event

MODEL = "72591d0f" * 8
# code and display as http://terminology.hl7.org/CodeSystem/... and https://profiles.ihe.net/ITI/BALP define them
DISPLAYS = {
    ("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest"): "RESTful Operation",
    ("http://hl7.org/fhir/restful-interaction", "operation"): "operation",
    ("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2"): "System Object",
    ("https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId"): None,
}


def event(**changes):
    usual = {
        "recorded": datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC),
        "client": "key:ward",
        "user": "",
        "operation": "read chest X-ray",
        "status": 200,
        "problem": "",
        "request_id": "case-17",
        "model": MODEL,
        "instance": None,
        "pseudonym": lambda identifier: f"hash of {identifier}",
    }
    return audit_event(**usual | changes)


def codings(member):
    """Every Coding of the resource, however deep."""
    if isinstance(member, dict):
        if "code" in member:
            yield member
        member = list(member.values())
    if isinstance(member, list):
        for part in member:
            yield from codings(part)


def check_r4(found):
    """https://hl7.org/fhir/R4/auditevent.html: what must be there, and its form."""
    assert found["resourceType"] == "AuditEvent"
    assert set(found) <= {
        *("resourceType", "type", "subtype", "action", "recorded", "outcome", "outcomeDesc"),
        *("agent", "source", "entity", "extension"),
    }
    assert found["action"] in set("CRUDE")
    assert found["outcome"] in {"0", "4", "8", "12"}
    # the type `instant`: at least to the second, with an offset
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", found["recorded"])
    assert found["agent"]
    assert all(isinstance(agent["requestor"], bool) for agent in found["agent"])
    assert sum(agent["requestor"] for agent in found["agent"]) == 1
    assert found["source"]["observer"]["display"]
    assert all(entity["what"]["identifier"]["value"] for entity in found["entity"])
    for coding in codings(found):
        expected = DISPLAYS[coding["system"], coding["code"]]
        assert coding.get("display") == expected


def test_an_event_names_the_certificate_of_the_connection_beside_the_client_and_once():
    agents = event(certificate="tls:dns:ingress")["agent"]
    assert agents == [
        {"who": {"identifier": {"value": "key:ward"}}, "requestor": True},
        {"who": {"identifier": {"value": "tls:dns:ingress"}}, "requestor": False},
    ]
    check_r4(event(certificate="tls:dns:ingress", user="dr-house"))
    agents = event(client="tls:dns:viewer", certificate="tls:dns:viewer")["agent"]
    assert agents == [{"who": {"identifier": {"value": "tls:dns:viewer"}}, "requestor": True}]


def test_an_event_says_who_when_what_and_how_it_ended():
    found = event()
    check_r4(found)
    assert found["recorded"] == "2026-01-02T03:04:05.678+00:00"
    assert found["agent"] == [{"who": {"identifier": {"value": "key:ward"}}, "requestor": True}]
    assert found["subtype"][1] == {"display": "read chest X-ray"}
    assert [entity["what"]["identifier"]["value"] for entity in found["entity"]] == ["case-17", MODEL]


def test_a_person_for_whom_a_client_asks_is_named_before_it():
    found = event(client="oidc:viewer", user="a7d1")
    check_r4(found)
    assert found["agent"] == [
        {"who": {"identifier": {"value": "a7d1"}}, "requestor": True},
        {"who": {"identifier": {"value": "oidc:viewer"}}, "requestor": False},
    ]


@pytest.mark.parametrize("hours", [-5, 0, 2])
def test_the_time_has_its_offset(hours):
    local = timezone(timedelta(hours=hours))
    found = event(recorded=datetime(2026, 1, 2, 3, 4, 5, 0, local))
    check_r4(found)
    assert datetime.fromisoformat(found["recorded"]) == datetime(2026, 1, 2, 3, 4, 5, 0, local)


@pytest.mark.parametrize(
    ("status", "problem", "outcome", "description"),
    [
        (200, "", "0", "200"),
        (401, "unauthorized", "4", "401 unauthorized"),
        (422, "unreadable-film", "4", "422 unreadable-film"),
        (499, "", "4", "499"),
        (500, "internal-error", "8", "500 internal-error"),
        (503, "busy", "8", "503 busy"),
    ],
)
def test_the_outcome_tells_their_fault_from_ours(status, problem, outcome, description):
    found = event(status=status, problem=problem)
    check_r4(found)
    assert (found["outcome"], found["outcomeDesc"]) == (outcome, description)


def test_study_and_image_stand_in_it_as_keyed_hashes_and_an_empty_one_not_at_all():
    found = event(instance=Instance("1.2.3", "1.2.4", "1.2.5", "1.2.6"))
    check_r4(found)
    assert [(entity["name"], entity["what"]["identifier"]["value"]) for entity in found["entity"][2:]] == [
        ("study, keyed hash", "hash of 1.2.5"),
        ("image, keyed hash", "hash of 1.2.3"),
    ]
    assert len(event(instance=Instance("", "", "", ""))["entity"]) == 2


def lines_of(endpoint):
    return (endpoint.folder / "audit.jsonl").read_bytes().splitlines()


def added(endpoint, ask):
    """The events that a request adds at its end."""
    return ends(all_added(endpoint, ask))


def all_added(endpoint, ask):
    before = len(lines_of(endpoint))
    ask()
    return [json.loads(line) for line in lines_of(endpoint)[before:]]


def hashes(found):
    return {
        entity["name"]: entity["what"]["identifier"]["value"]
        for entity in found["entity"]
        if entity.get("name", "").endswith("keyed hash")
    }


@pytest.fixture
def viewer(endpoint):
    """Headers with a key that may not read films."""
    key = add_key(endpoint.folder / "keys.json", "viewer", ("xray:list",), timedelta(days=1))
    headers = {"X-API-Key": key}
    wait_until(lambda: httpx.get(f"{endpoint.url}/v2", headers=headers, trust_env=False).status_code != 401)
    wait_until(lambda: b"added viewer" in lines_of(endpoint)[-1])  # the key counts before its line is written
    return headers


def test_each_film_request_has_one_end_and_each_that_is_admitted_a_start_too(endpoint, viewer):
    film, infer = endpoint.url + FILM, f"{endpoint.url}/v2/models/chest_xray/infer"
    key, wrong = {"X-API-Key": endpoint.key}, {"X-API-Key": "xray_wrong"}

    def post(url, content=PHANTOM, headers=key, **options):
        headers = {"Content-Type": "application/dicom"} | headers
        return httpx.post(url, content=content, headers=headers, trust_env=False, timeout=60, **options)

    asked = [
        (lambda: post(film), "started", "200", "key:ward"),
        (lambda: post(film, headers={}), "401 unauthorized", "unknown"),
        (lambda: post(film, headers=wrong), "401 unauthorized", "unknown"),
        (lambda: post(film, headers=viewer), "403 forbidden", "key:viewer"),
        (lambda: post(film, headers=viewer, params={"heatmap": "jpeg"}), "403 forbidden", "key:viewer"),
        (lambda: post(infer, b"{}", viewer), "403 forbidden", "key:viewer"),
        (lambda: post(film, b"x"), "started", "415 unsupported-format", "key:ward"),
        (lambda: post(film, PHANTOM[:2000]), "started", "422 unreadable-film", "key:ward"),
        (lambda: post(film, headers=key | {"Content-Type": "text/html"}), "415 unsupported-format", "key:ward"),
        (lambda: post(film, headers=key | {"Content-Encoding": "gzip"}), "415 unsupported-format", "key:ward"),
        (lambda: post(film, headers=key | {"Idempotency-Key": ""}), "400 malformed-request", "key:ward"),
        (lambda: post(film, params={"heatmap": "jpeg"}), "400 malformed-request", "key:ward"),
        (lambda: post(film, headers=wrong, params={"heatmap": "jpeg"}), "401 unauthorized", "unknown"),
        (lambda: post(infer, b"{}"), "started", "400 malformed-request", "key:ward"),
        (lambda: post(infer, b"{}", {}), "401 unauthorized", "unknown"),
        (lambda: post(infer.replace("chest_xray", "other"), b"{}"), "404 not-found", "key:ward"),
    ]
    for ask, *descriptions, client in asked:
        before = len(lines_of(endpoint))
        assert str(ask().status_code) == descriptions[-1][:3]
        found = [json.loads(line) for line in lines_of(endpoint)[before:]]
        assert [one["outcomeDesc"] for one in found] == descriptions
        for one in found:
            assert one["agent"][0]["who"]["identifier"]["value"] == client
            check_r4(one)
    key_bytes = read_audit_key(endpoint.folder / "audit.key")
    verdict = verify(key_bytes, [endpoint.folder / "audit.jsonl"])
    assert verdict.broken is None
    assert endpoint.metric("xray_audit_lines_total") == verdict.lines


def test_health_and_metadata_have_no_line(endpoint):
    before = lines_of(endpoint)
    for address in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/chest_xray", "/openapi.json"):
        assert endpoint.client.get(address).status_code == 200
    for address in ("/metrics", "/health/live", "/health/ready"):
        assert httpx.get(endpoint.ops_url + address, trust_env=False).status_code == 200
    assert endpoint.client.get("/none").status_code == 404
    assert lines_of(endpoint) == before


def test_an_upload_that_ends_early_has_a_line(endpoint):
    before = len(lines_of(endpoint))

    def begun():
        yield PHANTOM[:1000]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        endpoint.read_film(begun())
    wait_until(lambda: len(lines_of(endpoint)) > before)
    assert [json.loads(line)["outcomeDesc"] for line in lines_of(endpoint)[before:]] == ["400 malformed-request"]


def test_the_same_film_has_the_same_hashes_and_another_has_others(endpoint, film_png):
    (first,), (again,) = added(endpoint, endpoint.read_film), added(endpoint, endpoint.read_film)
    (other,) = added(endpoint, lambda: endpoint.read_film(phantom(SOPInstanceUID="1.2.3.4")))
    (bare,) = added(endpoint, lambda: endpoint.read_film(film_png, "image/png"))
    assert hashes(first) == hashes(again)
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in hashes(first).values())
    assert hashes(other)["study, keyed hash"] == hashes(first)["study, keyed hash"]
    assert hashes(other)["image, keyed hash"] != hashes(first)["image, keyed hash"]
    assert set(hashes(first)) == {"study, keyed hash", "image, keyed hash"}
    assert hashes(bare) == {}


def test_a_repeated_answer_names_its_study_too(endpoint):
    ask = {"headers": {"Idempotency-Key": "audited"}}
    (first,) = added(endpoint, lambda: endpoint.read_film(**ask))
    (again,) = added(endpoint, lambda: endpoint.read_film(**ask))
    assert len(hashes(first)) == 2
    assert hashes(again) == hashes(first)


def test_no_identifier_of_the_film_is_in_the_file(endpoint):
    endpoint.read_film()
    instance = read_dicom(PHANTOM).instance
    content = b"".join(lines_of(endpoint)).decode()
    for identifier in (instance.study_instance_uid, instance.series_instance_uid, instance.sop_instance_uid):
        assert identifier
        assert identifier not in content
