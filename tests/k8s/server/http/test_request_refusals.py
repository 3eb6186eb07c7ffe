"""Every refusal, reached by a real request: its status, its problem details, and nothing from inside."""

import json
import re
import time
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus

import httpx
import pytest
from broken_server import WORDS
from endpoint import FILM, PHANTOM, ROOT, audit_events, audit_settings, ends, running, wait_until
from phantom import phantom, phantom_in_syntax, png_of_size, progressive_phantom
from wire import ask, connected, film_head, is_closed, read_answer

from k8s.server.access.api_keys import add_key
from k8s.server.access.clients import READ_SCOPE
from k8s.server.http.connection import MAX_HEAD_BYTES

INSIDE = re.compile(
    r"Traceback|\.py\b|site-packages|[a-z]Error\b|0x[0-9a-f]{6}|File \"|/home|/usr|/tmp|" + re.escape(str(ROOT))
)
MEMBERS = {"type", "title", "status", "detail", "error", "request_id"}
DICOM, PNG, JPEG, OCTET_STREAM = "application/dicom", "image/png", "image/jpeg", "application/octet-stream"
TEXT = "text/plain"
MALFORMED = "malformed-request"
BOUNDARY = "multipart/form-data; boundary=b"


def check(response, status, kind, *words, retry_after=None):
    """The response is these problem details and gives nothing away."""
    problem = json.loads(response.content)
    assert (response.status_code, problem["type"].removeprefix("/problems/")) == (status, kind), problem
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert set(problem) == MEMBERS | ({"retry_after_seconds"} if retry_after else set())
    assert (problem["status"], problem["title"]) == (status, HTTPStatus(status).phrase)
    assert problem["error"] == problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    if retry_after:
        assert problem["retry_after_seconds"] in retry_after
    assert response.headers.get("retry-after") == (str(problem["retry_after_seconds"]) if retry_after else None)
    assert problem["detail"].endswith(".")
    for word in words:
        assert word in problem["detail"]
    everything = response.text + str(response.headers.raw)
    assert not INSIDE.search(everything), everything


def form(*parts, end=b"--b--\r\n"):
    """A multipart body; a part is name, content type and content."""
    body = b""
    for name, content_type, content in parts:
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\nContent-Type: {content_type}'
        body += head.encode() + b"\r\n\r\n" + content + b"\r\n"
    return body + end


BODIES = {
    "an empty body": (b"", DICOM, 415, "unsupported-format", "not DICOM, PNG or JPEG"),
    "text that says it is a film": (b"hello", DICOM, 415, "unsupported-format", "not DICOM, PNG or JPEG"),
    "a content type of another kind": (
        PHANTOM,
        TEXT,
        415,
        "unsupported-format",
        "is text/plain. Use",
    ),
    "no content type": (PHANTOM, "", 415, "unsupported-format", "is missing. Use application/dicom"),
    "a content type that is none": (PHANTOM, "<b>", 415, "unsupported-format", "is unknown. Use application/dicom"),
    "DICOM declared as PNG": (
        PHANTOM,
        PNG,
        415,
        "unsupported-format",
        "declares PNG (image/png) but its body is DICOM",
    ),
    "PNG declared as JPEG": (png_of_size(9, 9), JPEG, 415, "unsupported-format", "declares JPEG", "its body is PNG"),
    "a GIF that declares nothing": (b"GIF89a", OCTET_STREAM, 415, "unsupported-format", "not DICOM, PNG or JPEG"),
    "a video transfer syntax": (
        *(phantom_in_syntax("1.2.840.10008.1.2.4.100"), DICOM, 415, "unsupported-format"),
        *("(0002,0010) TransferSyntaxUID is MPEG2", "Explicit VR Little Endian"),
    ),
    "a transfer syntax of nobody": (
        *(phantom_in_syntax("1.2.3.4"), DICOM, 415, "unsupported-format"),
        "(0002,0010) TransferSyntaxUID is not listed in PS3.6",
    ),
    "a PNG of 100 megapixels": (png_of_size(10_000, 10_000), PNG, 413, "too-large", "at most 20 megapixels"),
    "a DICOM of 100 megapixels": (
        *(phantom(Rows=10_000, Columns=10_000), DICOM, 413, "too-large"),
        *("10,000 x 10,000 pixels (100 megapixels)", "at most 20 megapixels"),
    ),
    "a CT": (
        phantom(Modality="CT"),
        DICOM,
        422,
        "unsupported-film",
        "(0008,0060) Modality is CT. Fovea reads CR and DX.",
    ),
    "a hand": (
        phantom(BodyPartExamined="HAND"),
        DICOM,
        422,
        "unsupported-film",
        "(0018,0015) BodyPartExamined is HAND.",
    ),
    "a lateral view": (phantom(ViewPosition="LL"), DICOM, 422, "unsupported-film", "(0018,5101) ViewPosition is LL."),
    "two frames": (phantom(NumberOfFrames=2), DICOM, 422, "unsupported-film", "(0028,0008) NumberOfFrames is 2."),
    "colour": (
        *(phantom(PhotometricInterpretation="RGB", SamplesPerPixel=3), DICOM, 422, "unsupported-film"),
        "(0028,0004) PhotometricInterpretation is RGB.",
    ),
    "no pixels": (phantom(PixelData=None), DICOM, 422, "unreadable-film", "(7fe0,0010) PixelData is missing"),
    "native pixels in a compressed syntax": (
        *(phantom_in_syntax("1.2.840.10008.1.2.5"), DICOM, 422, "unreadable-film"),
        "its transfer syntax is RLE Lossless, but (7fe0,0010) PixelData is not compressed",
    ),
    "a codec that is not read": (
        *(progressive_phantom(), DICOM, 415, "unsupported-format"),
        "is a progressive, hierarchical or arithmetic JPEG",
    ),
    "half a film": (PHANTOM[: len(PHANTOM) // 2], DICOM, 422, "unreadable-film", "truncated"),
    "a film without pixels behind its header": (PHANTOM[:140], DICOM, 422, "unreadable-film", "DICOM file"),
    "a PNG that ends": (png_of_size(9, 9), PNG, 422, "unreadable-film", "truncated or damaged"),
    "a JPEG that ends": (b"\xff\xd8\xff\xe0", JPEG, 422, "unreadable-film", "damaged"),
    "a form without a boundary": (form(), "multipart/form-data", 400, MALFORMED, "boundary is missing"),
    "a form that is cut off": (
        form(("file", DICOM, PHANTOM), end=b""),
        BOUNDARY,
        400,
        MALFORMED,
        "last boundary",
    ),
    "a form that is no form": (b"hello", BOUNDARY, 400, MALFORMED, "cannot be split into parts"),
    "a form without the film": (
        form(("image", DICOM, PHANTOM)),
        BOUNDARY,
        400,
        MALFORMED,
        "0 parts named file",
    ),
    "a form of two films": (
        form(*[("file", DICOM, b"")] * 2),
        BOUNDARY,
        400,
        MALFORMED,
        "2 parts named file",
    ),
    "a form of nine parts": (form(*[("a", TEXT, b"")] * 9), BOUNDARY, 400, MALFORMED, "more than 8 parts"),
    "a form whose film is text": (form(("file", TEXT, b"")), BOUNDARY, 415, "unsupported-format", "text/plain"),
    "a form whose film is another": (form(("file", PNG, PHANTOM)), BOUNDARY, 415, "unsupported-format", "declares PNG"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_film_is_refused_with_the_reason(endpoint, name):
    content, content_type, status, kind, *words = BODIES[name]
    check(endpoint.read_film(content, content_type), status, kind, *words)


@pytest.mark.parametrize(
    ("headers", "status", "kind", "words"),
    [
        ({"Content-Encoding": "gzip"}, 415, "unsupported-format", "Content-Encoding must be identity"),
        (
            {"Idempotency-Key": "é".encode()},
            400,
            MALFORMED,
            "Idempotency-Key must be 1 to 255 printable ASCII",
        ),
        ({"Idempotency-Key": "k" * 256}, 400, MALFORMED, "Idempotency-Key must be 1 to 255 printable ASCII"),
    ],
)
def test_a_header_that_cannot_be_heeded_is_refused(endpoint, headers, status, kind, words):
    check(endpoint.read_film(headers=headers), status, kind, words)


@pytest.mark.parametrize("query", ["heatmap=gif", "heatmap=png&heatmap=", "heatmap=%00%ff"])
def test_a_wrong_parameter_is_named_and_its_value_is_not_repeated(endpoint, query):
    response = endpoint.client.post(f"{FILM}?{query}", content=PHANTOM, headers={"Content-Type": DICOM})
    check(response, 400, MALFORMED, "The parameter heatmap is invalid: Input should be 'png'.")
    assert "gif" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/", 404, "not-found"),
        ("POST", f"{FILM}/", 404, "not-found"),
        ("POST", "/v1/../metrics", 404, "not-found"),
        ("GET", "/metrics", 404, "not-found"),
        ("GET", "/health/live", 404, "not-found"),
        ("GET", "/docs", 404, "not-found"),
        ("GET", "/%ff%00", 404, "not-found"),
        ("POST", "/v2/models/another/infer", 404, "not-found"),
        ("GET", FILM, 405, "method-not-allowed"),
        ("OPTIONS", FILM, 405, "method-not-allowed"),
        ("DELETE", FILM, 405, "method-not-allowed"),
        ("POST", "/v2", 405, "method-not-allowed"),
    ],
)
def test_what_is_not_there_is_refused(endpoint, method, path, status, kind):
    response = endpoint.client.request(method, path)
    check(response, status, kind)
    expected = {"/v2": "GET", FILM: "POST"}.get(path) if status == 405 else None
    assert response.headers.get("allow") == expected


def test_head_is_refused_without_a_body_and_the_connection_goes_on(endpoint):
    response = endpoint.client.head(FILM)
    assert (response.status_code, response.headers["allow"], response.content) == (405, "POST", b"")
    assert endpoint.client.get("/v2").status_code == 200


def test_a_host_header_is_never_sent_back(endpoint):
    for path in (FILM, f"{FILM}/", "/v2/", "//evil.example/"):
        answer = ask(endpoint.port, f"POST {path} HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n".encode())
        assert answer.status in (401, 404, 405)
        assert b"evil" not in answer.body + str(answer.headers).encode()


@pytest.mark.parametrize(
    ("headers", "challenge", "words"),
    [
        ({}, 'ApiKey realm="xray"', "no API key"),
        ({"X-API-Key": "xray_wrong"}, 'ApiKey realm="xray"', "is unknown"),
        ({"X-API-Key": b"\xff\xfe"}, 'ApiKey realm="xray"', "is unknown"),
        ({"Authorization": "Bearer xray_wrong"}, 'ApiKey realm="xray"', "is unknown"),
        ({"Authorization": b"Bearer \xff"}, 'ApiKey realm="xray"', "no API key"),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, 'ApiKey realm="xray"', "no API key"),
    ],
)
def test_who_is_not_known_is_refused_before_the_body_is_sent(endpoint, headers, challenge, words):
    with httpx.Client(base_url=endpoint.url, trust_env=False) as stranger:
        response = stranger.post(FILM, content=PHANTOM, headers={"Content-Type": DICOM} | headers)
        check(response, 401, "unauthorized", words)
        assert response.headers["www-authenticate"] == challenge
        for value in headers.values():
            assert (value if isinstance(value, bytes) else value.encode()) not in response.content


# --- the size of a body


def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(endpoint):
    with connected(endpoint.port) as connection:
        connection.sendall(film_head(endpoint.key, 64_000_001, more="Expect: 100-continue\r\n"))
        answer = read_answer(connection)
        assert answer.status == 413  # and not 100
        assert json.loads(answer.body)["detail"] == "The body is larger than the limit of 64 MB."


def test_a_body_that_is_asked_for_is_asked_for(endpoint):
    with connected(endpoint.port) as connection:
        connection.sendall(film_head(endpoint.key, len(PHANTOM), more="Expect: 100-continue\r\n"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(PHANTOM)
        assert read_answer(connection).status == 200


def test_a_chunked_body_is_read_up_to_the_bound_and_refused_beyond(endpoint):
    def megabytes(count):
        for _ in range(count):
            yield b"x" * 1_000_000

    # 64 MB are read, and are no film
    check(endpoint.read_film(content=megabytes(64)), 415, "unsupported-format")
    check(endpoint.read_film(content=megabytes(65)), 413, "too-large", "larger than the limit of 64 MB")


def test_a_connection_goes_on_after_a_refusal_whose_body_was_not_read(endpoint):
    with connected(endpoint.port) as connection:
        connection.sendall(film_head("xray_wrong", len(PHANTOM)))
        assert read_answer(connection).status == 401
        connection.sendall(PHANTOM + film_head(endpoint.key, len(PHANTOM)) + PHANTOM)
        answer = read_answer(connection)
        assert (answer.status, json.loads(answer.body)["decision"]) == (200, "abstain")


def test_pipelined_requests_are_answered_in_their_order(endpoint):
    with connected(endpoint.port) as connection:
        get = b"GET %s HTTP/1.1\r\nHost: test\r\n\r\n"
        connection.sendall(film_head(endpoint.key, len(PHANTOM)) + PHANTOM + get % b"/v2/health/live" + get % b"/none")
        answers = b""
        while answers.count(b"request_id") < 2:
            answers += connection.recv(65_536)
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200", b"200", b"404"]


# --- what is no HTTP


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50,  # TLS where HTTP is spoken
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: test\r\n\r\n",
        b"POST /v1/chest-xray HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/chest-xray HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        # smuggling: a proxy in front may believe the other one
        b"POST /v2 HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_the_connection_ends(endpoint, data):
    with connected(endpoint.port) as connection:
        connection.sendall(data)
        answer = read_answer(connection)
        problem = json.loads(answer.body)
        assert (answer.status, problem["type"].removeprefix("/problems/")) == (400, MALFORMED)
        assert set(problem) == MEMBERS
        assert answer.headers["content-type"] == "application/problem+json"
        assert is_closed(connection)


@pytest.mark.parametrize("endless", [b"a" * 1000, b"X-A: b\r\n" * 100])
def test_a_head_without_end_is_refused_and_takes_no_memory(endpoint, endless):
    before = endpoint.metric("process_resident_memory_bytes")
    with connected(endpoint.port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nX-Long: ")
        sent = 0
        try:
            while sent < 100_000_000:
                sent += connection.send(endless)
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert MAX_HEAD_BYTES < sent < 20_000_000  # some of it waits in the buffers of the sockets
    assert endpoint.metric("process_resident_memory_bytes") - before < 20_000_000


def test_a_long_address_is_refused(endpoint):
    with connected(endpoint.port) as connection:
        for part in (b"GET /", *[b"a" * 10_000] * 7):  # one read takes what has come by then
            connection.sendall(part)
            time.sleep(0.05)
        answer = read_answer(connection)
    problem = json.loads(answer.body)
    assert (answer.status, problem["type"].removeprefix("/problems/")) == (431, "headers-too-large")
    assert set(problem) == MEMBERS
    assert endpoint.client.get("/v2").status_code == 200


# --- limits, on a server with little of everything


@pytest.fixture(scope="module")
def tight(tmp_path_factory):
    """Bodies of 0.3 MB, 0.5 MB in all, 5 s to send one; three requests at once and one in 10 s after, one at a time."""
    folder = tmp_path_factory.mktemp("tight")
    names = (
        "slow",
        "other",
        "many",
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "rest",
    )
    keys = {name: add_key(folder / "keys.json", name, (READ_SCOPE,), timedelta(days=1)) for name in names}
    keys["reader"] = add_key(folder / "keys.json", "reader", ("xray:other",), timedelta(days=1))
    limits = {"rate_per_minute": 6, "rate_burst": 3, "client_concurrency": 1}
    sizes = {"max_body_mb": 0.3, "body_memory_mb": 0.5, "upload_seconds": 5}
    with running(folder, **limits, **sizes) as server:
        server.keys = keys
        yield server


def ask_as(server, client, content=PHANTOM):
    """POST a film with this client's key."""
    return server.read_film(content, headers={"X-API-Key": server.keys[client]})


@contextmanager
def unfinished_upload(server, client, size=200_000, sent=0):
    """An upload that has announced `size` bytes and sent the first `sent` of them."""
    before = server.metric("xray_requests_in_flight")
    with connected(server.port) as connection:
        connection.sendall(film_head(server.keys[client], size) + b"x" * sent)
        wait_until(lambda: server.metric("xray_requests_in_flight") == before + 1)
        time.sleep(0.1)  # what was sent with the head is read too
        yield connection


def test_a_key_without_the_scope_is_forbidden(tight):
    check(ask_as(tight, "reader"), 403, "forbidden", "lack the scope xray:read")


def test_a_client_above_its_rate_is_told_when_to_come_again_and_the_others_are_answered(tight):
    assert [ask_as(tight, "many").status_code for _ in range(3)] == [200, 200, 200]
    check(
        ask_as(tight, "many"),
        *(429, "too-many-requests", "more than 6 requests a minute"),
        retry_after=range(1, 11),  # one in ten seconds, some of which have gone by
    )
    assert ask_as(tight, "other").status_code == 200


def test_a_client_with_too_many_requests_under_way_is_refused_and_the_others_are_answered(tight):
    with unfinished_upload(tight, "first", len(PHANTOM)) as connection:
        refused = ask_as(tight, "first")
        check(refused, 429, "too-many-requests", "1 requests under way. At most 1 are allowed", retry_after=[1])
        assert ask_as(tight, "other").status_code == 200
        connection.sendall(PHANTOM)
        assert read_answer(connection).status == 200
    assert ask_as(tight, "first").status_code == 200


def test_bodies_that_would_take_more_memory_than_there_is_are_refused_until_there_is_room(tight):
    with unfinished_upload(tight, "second", 300_000, sent=299_000):
        check(ask_as(tight, "third"), 503, "busy", "Too many uploads are under way.", retry_after=[1])
        assert ask_as(tight, "third", b"x" * 200_000).status_code == 415  # there is room for that
    wait_until(lambda: tight.metric("xray_requests_in_flight") == 0)
    assert ask_as(tight, "third").status_code == 200


def test_an_upload_that_outgrows_the_memory_ends_and_the_one_before_it_goes_on(tight):
    with (
        unfinished_upload(tight, "fourth", len(PHANTOM)) as earlier,
        unfinished_upload(tight, "fifth", 300_000) as later,
    ):
        earlier.sendall(PHANTOM[:-1])
        time.sleep(0.3)
        later.sendall(b"x" * 299_000)
        answer = read_answer(later)
        assert (answer.status, json.loads(answer.body)["detail"]) == (503, "Too many uploads are under way.")
        earlier.sendall(PHANTOM[-1:])
        assert read_answer(earlier).status == 200


def test_who_announces_much_and_sends_nothing_keeps_nobody_out(tight):
    with unfinished_upload(tight, "sixth", 300_000), unfinished_upload(tight, "seventh", 300_000):
        assert ask_as(tight, "eighth").status_code == 200


def test_a_slow_upload_ends_after_its_time_while_others_are_answered(tight):
    began = time.monotonic()
    with connected(tight.port) as connection:
        connection.sendall(film_head(tight.keys["slow"], 100))
        others = 0
        connection.settimeout(0.5)
        while True:
            connection.sendall(b"x")
            try:
                answer = read_answer(connection)
                break
            except TimeoutError:
                others += tight.client.get("/v2/health/live").status_code == 200
        assert time.monotonic() - began > 4.9
        assert answer.status == 408
        assert json.loads(answer.body)["detail"] == "The body did not arrive within 5 seconds."
        assert others >= 3
    check_again = ask_as(tight, "slow")
    assert check_again.status_code == 200  # nothing of the slow one is left


def test_an_upload_that_ends_early_leaves_nothing_behind(tight):
    ended_early = 'xray_requests_total{route="chest-xray",status="400"}'
    before = tight.metric(ended_early) or 0
    with unfinished_upload(tight, "rest", 300_000):
        pass
    wait_until(lambda: tight.metric(ended_early) == before + 1)
    assert ask_as(tight, "rest").status_code == 200
    assert tight.metric("xray_requests_in_flight") == 0


# --- failures of the server's own


def test_an_answer_past_its_deadline_is_refused(tmp_path):
    with running(tmp_path, deadline_seconds=0.001) as server:
        check(server.read_film(), 504, "deadline-exceeded", "not read before its deadline")
        assert server.metric('xray_abandoned_requests_total{reason="deadline_exceeded"}') == 1
        decisions = server.metric('xray_decisions_total{decision="abstain"}')
    assert decisions == 0  # the film was not read in vain


def test_without_an_audit_line_there_is_no_answer(tmp_path):
    settings = audit_settings(tmp_path) | {"audit_file": "/dev/full"}
    with running(tmp_path, **settings) as server:
        check(server.read_film(), 503, "audit-unavailable", "cannot be written", retry_after=[5])
        check(server.read_film(b""), 503, "audit-unavailable", "cannot be written", retry_after=[5])
        assert server.metric("xray_audit_errors_total") == 5  # the start of the server, and two lines for each film
        assert server.client.get("/v2").status_code == 200


def test_a_failure_inside_is_an_error_without_detail(tmp_path):
    program = (str(ROOT / "tests" / "k8s" / "server" / "broken_server.py"),)
    with running(tmp_path, program=program, PYTHONPATH=ROOT, **audit_settings(tmp_path)) as server:
        response = server.read_film(params={"heatmap": "png"})
        check(response, 500, "internal-error", "The server failed. Give its operators the request id.")
        response = server.read_film()
        check(response, 500, "internal-error")
        assert server.client.get("/v2").status_code == 200
        identifier = response.json()["request_id"]
        assert server.stop() == 0
        log = b"".join(server.lines).decode()
    audit = (tmp_path / "audit.jsonl").read_text()
    for word in WORDS.split():
        assert word not in log + audit
    events = [line for line in server.log if line.get("request_id") == identifier]
    assert [(line["event"], line.get("error"), line.get("at", "").rpartition(":")[0]) for line in events] == [
        ("internal error", "RuntimeError", "broken_server.py"),
        ("request", None, ""),
    ]
    assert [event["outcomeDesc"] for event in ends(audit_events(tmp_path))] == ["500", "500"]


@pytest.mark.parametrize(
    ("version", "hosts", "detail"),
    [
        ("1.1", [], "The request has no Host header. HTTP/1.1 needs one."),
        ("1.1", ["a", "b"], "The request has 2 Host headers. Send one."),
        ("1.1", ["a", "a"], "The request has 2 Host headers. Send one."),
        ("1.0", ["a", "b"], "The request has 2 Host headers. Send one."),
        ("1.1", ["a b"], "The Host header is not a host name or address with an optional port."),
        ("1.1", ["a/b"], "The Host header is not a host name or address with an optional port."),
        ("1.1", ["user@a"], "The Host header is not a host name or address with an optional port."),
        ("1.1", ["a:80:81"], "The Host header is not a host name or address with an optional port."),
    ],
)
def test_a_request_has_one_host(endpoint, version, hosts, detail):
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    answer = ask(endpoint.port, f"GET /v2/health/live HTTP/{version}\r\n{lines}\r\n".encode())
    problem = json.loads(answer.body)
    assert (answer.status, problem["type"], problem["detail"]) == (400, "/problems/malformed-request", detail)
    assert (answer.headers["content-type"], answer.headers["connection"]) == ("application/problem+json", "close")


@pytest.mark.parametrize(
    ("version", "host"),
    [("1.1", ""), ("1.1", "a"), ("1.1", "a.example:8080"), ("1.1", "[::1]:80"), ("1.1", "127.0.0.1"), ("1.0", None)],
)
def test_a_host_with_or_without_a_port_is_taken_and_the_oldest_http_needs_none(endpoint, version, host):
    line = "" if host is None else f"Host: {host}\r\n"
    answer = ask(endpoint.port, f"GET /v2/health/live HTTP/{version}\r\n{line}Connection: close\r\n\r\n".encode())
    assert answer.status == 200
