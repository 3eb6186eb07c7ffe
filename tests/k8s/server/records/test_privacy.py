"""No pixel, no file name and no element of a film leaves the server, but for the four identifiers in the answer.

A server that logs all it can gets films full of marks, good ones and ones broken in every way. Then every byte that
came out of it is searched.
"""

import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from endpoint import FILM, ROOT, audit_settings, running
from phantom import saved
from planted import UIDS, Marks, broken_films, forms_of, found, pattern_forms, planted_film, planted_jpeg, planted_png
from wire import ask

DICOM, PNG, JPEG = "application/dicom", "image/png", "image/jpeg"
INFER = "/v2/models/chest_xray/infer"


class Collector(ThreadingHTTPServer):
    """Takes OTLP traces over HTTP, and keeps the bytes."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Keep)
        self.received = []


class _Keep(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture(scope="module")
def collector():
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Traffic:
    """What was planted, and every byte that came out, by where it came from."""

    def __init__(self):
        self.marks, self.answers, self.refusals, self.outputs = Marks(), {}, {}, {}

    def keep(self, name, response):
        head = b"\r\n".join(b": ".join(header) for header in response.headers.raw)
        kept = self.answers if response.status_code == 200 else self.refusals
        kept[name] = (response.status_code, head, response.content)

    def all_outputs(self):
        """Name and bytes of everything; the answers' bodies without the identifiers that belong there."""
        yield from self.outputs.items()
        for name, (_, head, body) in (self.answers | self.refusals).items():
            yield f"headers for {name}", head
            yield f"body for {name}", body


def send_films(client, traffic):
    marks = traffic.marks
    good = saved(planted_film(marks))
    films = {
        "a good film": (good, DICOM),
        "a film that does not say what it is": (good, "application/octet-stream"),
        "a PNG": (planted_png(marks), PNG),
        "a JPEG": (planted_jpeg(marks), JPEG),
        "a PNG that ends early": (planted_png(marks)[:-2000], PNG),
        "a JPEG that ends early": (planted_jpeg(marks)[:-2000], JPEG),
        "a PNG that says it is DICOM": (planted_png(marks), DICOM),
        "a film that says it is a JPEG": (good, JPEG),
        "a film that says it is text": (good, "text/plain"),
    }
    films |= {name: (content, DICOM) for name, content in broken_films(marks)}
    for name, (content, content_type) in films.items():
        traffic.keep(name, client.post(FILM, content=content, headers={"Content-Type": content_type}))
    return good


def send_forms(client, traffic, good):
    marks = traffic.marks

    def named(field="file"):
        return {field: (f"{marks('a file name')}.dcm", io.BytesIO(good), DICOM)}

    fields = {marks("a form field"): marks("a form value"), "name": marks("a form value")}
    traffic.keep("a form", client.post(FILM, files=named(), data=fields))
    traffic.keep("a form without the film", client.post(FILM, files=named(marks("a form field")), data=fields))
    two = [*named().items(), *named().items()]
    traffic.keep("a form of two films", client.post(FILM, files=two, data=fields))
    many = {marks("a form field"): "" for _ in range(10)}
    traffic.keep("a form of many parts", client.post(FILM, files=named(), data=many))


def send_around(client, traffic, good):
    """Marks in everything else that a client sends with a film."""
    marks = traffic.marks
    headers = {
        name: marks(f"the header {name}") for name in ("User-Agent", "Referer", "X-Patient", "Cookie", "baggage")
    }
    headers |= {"Idempotency-Key": marks("Idempotency-Key"), "tracestate": f"a={marks('tracestate')}"}
    headers |= {"Content-Disposition": f'attachment; filename="{marks("a file name")}"', "Content-Type": DICOM}
    query = {"heatmap": "png", "patient": marks("the query"), marks("the query"): ""}
    for name in ("marks around a film", "the same again"):
        traffic.keep(name, client.post(FILM, params=query, content=good, headers=headers))
    reused = headers | {"Idempotency-Key": headers["Idempotency-Key"]}
    traffic.keep("another film with the key", client.post(FILM, content=b"", headers=reused))
    traffic.keep("a wrong parameter", client.post(FILM, params={"heatmap": marks("the query")}, content=good))
    traffic.keep("a wrong address", client.post(f"{FILM}/{marks('the address')}", content=good))
    traffic.keep("a wrong method", client.put(FILM, params=query, content=good))
    for header in ("X-API-Key", "Authorization", "Content-Encoding", "X-Request-Id", "traceparent"):
        value = f"Bearer {marks(header)}" if header == "Authorization" else f"{marks(header)} <"
        wrong = {"Content-Type": DICOM, header: value}
        if header == "Authorization":
            with httpx.Client(base_url=client.base_url, trust_env=False) as stranger:
                traffic.keep(f"a wrong {header}", stranger.post(FILM, content=good, headers=wrong))
        else:
            traffic.keep(f"a wrong {header}", client.post(FILM, content=good, headers=wrong))
    tensor = {"name": marks("a tensor"), "datatype": marks("a tensor"), "shape": [1], "data": [marks("a tensor")]}
    for part in ({"inputs": [tensor]}, {"inputs": [{**tensor, "name": "pixels"}]}, {marks("JSON"): 1}):
        traffic.keep(f"tensors {part.keys()}{len(marks.planted)}", client.post(INFER, content=json.dumps(part)))
    traffic.keep("no tensors", client.post(INFER, content=marks("no JSON")))
    traffic.keep("another model", client.post(f"/v2/models/{marks('a model')}/infer", content=good))


@pytest.fixture(scope="module")
def traffic(tmp_path_factory, collector):
    """Everything that came out of a server, after it has ended."""
    folder = tmp_path_factory.mktemp("settings")
    places = {name: tmp_path_factory.mktemp(name.lower()) for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME", "cwd")}
    cwd = places.pop("cwd")
    traffic = Traffic()
    settings = {
        **audit_settings(folder, audit_stdout="true"),
        **{"model": ROOT / "models" / "chest_xray.onnx", "log_level": "debug"},
        **{"rate_per_minute": 1_000_000, "rate_burst": 100_000},
        **{"PYTHONPATH": ROOT, "PYTHONWARNINGS": "always", "PYTHONASYNCIODEBUG": "1"},
        **{
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        },
    }
    with running(folder, cwd=cwd, **settings, **places) as server:
        good = send_films(server.client, traffic)
        send_forms(server.client, traffic, good)
        send_around(server.client, traffic, good)
        no_http = f"GET /{traffic.marks('an address that is none')} \0\r\n\r\n".encode()
        traffic.outputs["the answer to what is no HTTP"] = ask(server.port, no_http).body
        for path in ("/v2", "/v2/models/chest_xray", "/openapi.json"):
            traffic.outputs[path] = server.client.get(path).content
        traffic.outputs["metrics"] = httpx.get(f"{server.ops_url}/metrics", trust_env=False).content
        time.sleep(0.5)
        code = server.stop()
        traffic.outputs["standard output and error"] = b"".join(server.lines)
    assert code == 0
    traffic.outputs["traces"] = b"".join(collector.received)
    for place in (folder, cwd, *places.values()):
        for file in place.rglob("*"):
            traffic.outputs[f"the file {file.relative_to(place.parent)}"] = file.read_bytes() if file.is_file() else b""
    return traffic


def test_the_search_finds_a_mark_in_every_form():
    marks = Marks()
    mark, other = marks("a place"), marks("a place")
    for form in forms_of(mark):
        for haystack in (form, form.upper(), b"before" + form + b"after"):
            assert found([mark, other], haystack) == [mark]
    assert found([mark, other], b"nothing of either") == []


def test_the_films_are_full_of_marks_and_came_out_in_all_ways(traffic):
    """The premise: what is searched below had all it could have leaked."""
    assert len(traffic.marks.planted) > 1000
    good = saved(planted_film(marks := Marks()))
    assert len([mark for mark in marks.planted if mark.encode() in good]) == len(marks.planted) > 80
    assert pattern_forms()["as stored"] in good
    statuses = {status for status, _, _ in traffic.refusals.values()}
    assert {400, 401, 404, 405, 415, 422} <= statuses
    assert not {500, 502, 503} & statuses
    assert len(traffic.answers) >= 8
    assert len(traffic.refusals) >= 40
    for name in ("a good film", "a PNG", "a JPEG", "a form", "marks around a film", "the same again"):
        assert name in traffic.answers
    assert b"chest-xray" in traffic.outputs["traces"]
    assert traffic.outputs["metrics"].count(b"xray_requests_total{") > 5
    log = traffic.outputs["standard output and error"]
    assert log.count(b'"event": "request"') > 60
    assert log.count(b'"resourceType":"AuditEvent"') > 60


def test_no_mark_leaves_the_server(traffic):
    leaks = {
        name: [(mark, traffic.marks.planted[mark]) for mark in marks]
        for name, output in traffic.all_outputs()
        if (marks := found(traffic.marks.planted, output))
    }
    assert leaks == {}


def test_no_pixel_leaves_the_server(traffic):
    leaks = [
        (name, form)
        for name, output in traffic.all_outputs()
        for form, pattern in pattern_forms().items()
        if pattern in output or pattern.hex().encode() in output
    ]
    assert leaks == []


def test_the_identifiers_of_a_film_stand_in_its_answer_and_nowhere_else(traffic):
    answer = json.loads(traffic.answers["a good film"][2])
    assert {key: answer["dicom"][key] for key in ("sop_instance_uid", "series_instance_uid", "study_instance_uid")} == {
        "sop_instance_uid": UIDS["SOPInstanceUID"],
        "series_instance_uid": UIDS["SeriesInstanceUID"],
        "study_instance_uid": UIDS["StudyInstanceUID"],
    }
    bodies = {f"body for {name}" for name in traffic.answers}
    leaks = {
        name: uids
        for name, output in traffic.all_outputs()
        if name not in bodies and (uids := found(UIDS.values(), output))
    }
    assert leaks == {}


def test_the_server_writes_no_file_but_the_audit_log(traffic):
    files = sorted(name for name in traffic.outputs if name.startswith("the file "))
    assert [name.rpartition("/")[2] for name in files] == ["audit.jsonl", "audit.key", "keys.json"]


def test_the_log_is_json_to_the_last_line_and_libraries_say_no_more_than_their_name(traffic):
    lines = [json.loads(line) for line in traffic.outputs["standard output and error"].splitlines()]
    libraries = [line for line in lines if line.get("event") == "library"]
    assert "uvicorn.error" in {line["logger"] for line in libraries}
    for line in libraries:
        assert line.keys() <= {"event", "logger", "level", "error"}
