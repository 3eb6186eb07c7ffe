"""No request without a line: started ones show after a crash, and what the server does itself is audited too."""

import contextlib
import hashlib
import hmac
import json
import os
import signal
import threading
import time
from datetime import timedelta

import httpx
import pytest
from endpoint import (
    FILM,
    HANGING,
    PHANTOM,
    ROOT,
    audit_events,
    audit_settings,
    ends,
    running,
    wait_until,
)
from test_audit_event import check_r4
from wire import connected, film_head

from k8s.server.access.api_keys import add_key, remove_keys
from k8s.server.audit import UNFINISHED, main
from k8s.server.records.server_event import ServerAct, server_event

KEY = b"0123456789abcdef" * 4
DAY = timedelta(days=1)


def started(folder):
    return [event for event in audit_events(folder) if event["outcomeDesc"] == "started"]


def values(event):
    return {entity.get("name", "request"): entity["what"]["identifier"]["value"] for entity in event["entity"]}


def described(folder):
    """What the server did itself, as code and sentence."""
    events = [event for event in audit_events(folder) if event["type"]["code"] != "rest"]
    return [(event["subtype"][0]["code"], event["outcome"], event["outcomeDesc"]) for event in events]


@pytest.fixture
def hanging(tmp_path):
    """A server whose next film hangs; `ask` sends one and does not wait for its answer."""
    (tmp_path / "hang").touch()
    with running(tmp_path, program=HANGING, PYTHONPATH=ROOT, **audit_settings(tmp_path)) as server:

        def ask(request_id):
            headers = {"X-API-Key": server.key, "Content-Type": "application/dicom", "X-Request-Id": request_id}

            def send():
                with contextlib.suppress(httpx.HTTPError):  # the server is killed
                    httpx.post(server.url + FILM, content=PHANTOM, headers=headers, trust_env=False, timeout=60)

            threading.Thread(target=send).start()
            wait_until(lambda: request_id in [values(event)["request"] for event in started(tmp_path)])

        server.ask = ask
        yield server


def test_a_request_that_took_the_process_down_is_named_by_verify_and_counted_at_the_next_start(
    hanging, tmp_path, capsys
):
    hanging.ask("killer")
    hanging.ask("bystander")
    os.kill(hanging.process.pid, signal.SIGKILL)
    hanging.process.wait()
    (tmp_path / "hang").unlink()
    command = ["verify", "--key-file", str(tmp_path / "audit.key"), str(tmp_path / "audit.jsonl")]
    assert main(command) == UNFINISHED
    shown = capsys.readouterr()
    assert shown.out.startswith("3 lines, unbroken.")
    assert shown.err.startswith("Without an end: 2, started since the last start of the server")
    assert shown.err.endswith(": killer, bystander\n")

    with running(tmp_path, **audit_settings(tmp_path)) as server:
        assert server.metric("xray_audit_unfinished_requests") == 2
        lost = [line for line in server.log if line["event"] == "requests of the last run have no end"]
        assert [(line["count"], line["request_ids"]) for line in lost] == [(2, ["killer", "bystander"])]
        assert server.read_film().status_code == 200
        assert server.stop() == 0
    assert main(command) == UNFINISHED
    shown = capsys.readouterr()
    assert shown.err == "Without an end: 2, started before the server was started again: killer, bystander\n"
    with running(tmp_path, **audit_settings(tmp_path)) as server:
        assert server.metric("xray_audit_unfinished_requests") == 0  # counted by the run before


def test_a_repeated_request_id_hides_no_request_without_an_end(hanging, tmp_path, capsys):
    """A client chooses its ids: a refused request with the id of the killer must not stand for its end."""
    hanging.ask("mine")
    headers = {"X-API-Key": hanging.key, "X-Request-Id": "mine", "Content-Type": "text/html"}
    refused = httpx.post(hanging.url + FILM, content=b"x", headers=headers, trust_env=False)
    assert (refused.status_code, refused.headers["x-request-id"]) == (415, "mine")
    os.kill(hanging.process.pid, signal.SIGKILL)
    hanging.process.wait()
    assert main(["verify", "--key-file", str(tmp_path / "audit.key"), str(tmp_path / "audit.jsonl")]) == UNFINISHED
    assert "Without an end: 1, " in capsys.readouterr().err


def test_the_started_line_names_the_client_and_the_body_and_the_end_names_the_line(endpoint, tmp_path, capsys):
    before = len(audit_events(endpoint.folder))
    answer = endpoint.read_film(headers={"X-Request-Id": "one-film"})
    start, end = audit_events(endpoint.folder)[before:]
    for event in (start, end):
        check_r4(event)
    assert (start["outcome"], start["outcomeDesc"]) == ("0", "started")
    assert start["agent"] == [{"who": {"identifier": {"value": "key:ward"}}, "requestor": True}]
    body = hmac.new(KEY, PHANTOM, hashlib.sha256).hexdigest()
    revision = answer.json()["model"]["revision"]
    assert values(start) == {"request": "one-film", "model revision": revision, "body, keyed hash": body}
    assert values(end)["chain of the started line"] == start["extension"][0]["valueString"]
    (tmp_path / "film.dcm").write_bytes(PHANTOM)
    key_file = str(endpoint.folder / "audit.key")
    assert main(["hash", "--key-file", key_file, str(tmp_path / "film.dcm")]) == 0
    assert capsys.readouterr().out == f"{body}  {tmp_path / 'film.dcm'}\n"


def test_the_started_line_is_there_before_anything_of_a_form_is_parsed(endpoint):
    before = len(audit_events(endpoint.folder))
    answer = endpoint.read_film(b"no form", "multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert [event["outcomeDesc"] for event in audit_events(endpoint.folder)[before:]] == [
        "started",
        "400 malformed-request",
    ]


def test_an_upload_that_a_stop_cuts_off_has_its_end(tmp_path):
    with running(tmp_path, shutdown_seconds=1, **audit_settings(tmp_path)) as server, connected(server.port) as upload:
        upload.sendall(film_head(server.key, len(PHANTOM)) + b"x")
        wait_until(lambda: server.metric("xray_requests_in_flight") == 1)
        assert server.stop() == 0
    assert [event["outcomeDesc"] for event in ends(audit_events(tmp_path))] == ["499"]


def test_start_and_stop_and_changed_keys_are_audited(tmp_path):
    keys = tmp_path / "keys.json"
    with running(tmp_path, **audit_settings(tmp_path)) as server:

        def ask_until(count):
            def is_so():
                server.client.get("/v2")
                return len(described(tmp_path)) >= count

            wait_until(is_so)

        add_key(keys, "night", ("xray:read",), DAY)
        ask_until(2)
        remove_keys(keys, "night")
        ask_until(3)
        kept = keys.read_bytes()
        keys.write_bytes(b"{")
        ask_until(4)
        time.sleep(2.5)  # tried again each second
        server.client.get("/v2")
        keys.write_bytes(kept)
        ask_until(5)
        assert server.stop() == 0
        assert server.log[-1]["event"] == "stopped"
    start, added, removed, unread, same, stop = described(tmp_path)
    assert start == ("110120", "0", "started; requests of the run before without an end: 0")
    assert added[:2] == removed[:2] == same[:2] == ("110137", "0")
    assert added[2].startswith("key file read again: added night (sha256 ")
    assert removed[2].startswith("key file read again: removed night (sha256 ")
    assert unread == ("110137", "8", "key file changed and not read: the keys stay as they were")
    assert same[2] == "key file read again: the same keys"
    assert stop == ("110121", "0", "stopped")


def test_what_the_server_does_is_an_event_of_fhir_r4():
    for act in ServerAct:
        event = server_event(act, "a sentence", {"model revision": "72591d0f"})
        assert (
            event["type"]["system"] == event["subtype"][0]["system"] == "http://dicom.nema.org/resources/ontology/DCM"
        )
        assert [agent["requestor"] for agent in event["agent"]] == [True]
        assert event["action"] == "E"
        assert event["source"]["observer"]["display"]
    assert server_event(ServerAct.KEYS, "a sentence", {}, has_failed=True)["outcome"] == "8"
    assert json.loads(json.dumps(event)) == event
