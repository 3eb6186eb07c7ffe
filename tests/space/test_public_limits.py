"""The app as a stranger on the network meets it: bodies, hosts and routes that are refused."""

import asyncio
import http.client
import json
import socket
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from serving import call_api

from space.pictures import MAX_UPLOAD_BYTES
from space.public.body_limit import MAX_BODY_BYTES, MAX_HELD_BYTES, BodyLimit

TOO_LARGE = f"The request's body is too large. Send at most {MAX_BODY_BYTES:,} bytes."
BOUNDARY = "fovea"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
JSON = "application/json"
# every route that takes a body
ROUTES = [
    ("/gradio_api/upload", FORM),
    ("/gradio_api/queue/join", JSON),
    ("/gradio_api/call/digits", JSON),
    ("/gradio_api/call/v2/digits", JSON),
    ("/gradio_api/run/digits", JSON),
    ("/gradio_api/api/digits", JSON),
    ("/gradio_api/component_server", FORM),
    ("/gradio_api/component_server", JSON),
    ("/gradio_api/mcp/", JSON),
    ("/gradio_api/cancel", JSON),
    ("/gradio_api/reset", JSON),
    ("/login", "application/x-www-form-urlencoded"),
    ("/no-such-route", JSON),
]
FOREVER_S = 1e6  # a test that waits for it ends by its own timeout
CHUNK = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"


def place(app):
    parts = urlsplit(app)
    return parts.hostname, parts.port


def answer_to(app, head, chunks=()):
    """Status and text that `head` and then as many of `chunks` as the server takes get, over a bare socket."""
    with socket.create_connection(place(app), timeout=30) as connection:
        connection.sendall("\r\n".join((*head, "", "")).encode())
        try:
            for chunk in chunks:
                connection.sendall(chunk)
        except OSError:  # it answered and closed
            pass
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, response.read().decode()


def request_head(path, kind, *more, method="POST"):
    return [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}", *more]


@pytest.mark.parametrize(("path", "kind"), ROUTES)
def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(app, path, kind):
    for method in ("POST", "PUT"):
        head = request_head(path, kind, f"Content-Length: {MAX_BODY_BYTES + 1}", method=method)
        assert answer_to(app, head) == (413, TOO_LARGE)


@pytest.mark.parametrize(("path", "kind"), [ROUTES[0], ROUTES[1], ROUTES[8]])
def test_a_body_that_announces_nothing_is_refused_once_it_is_too_large(app, path, kind):
    first = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="field"\r\n\r\n'.encode()
    chunks = [f"{len(first):x}\r\n".encode() + first + b"\r\n"] + [CHUNK] * (MAX_BODY_BYTES // 0x10000 + 1)
    assert answer_to(app, request_head(path, kind, "Transfer-Encoding: chunked"), chunks) == (413, TOO_LARGE)


def post(app, path, body, kind=JSON, **headers):
    request = urllib.request.Request(app + path, body, {"Content-Type": kind} | headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def form(content, name="film.dcm"):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def test_the_largest_file_is_taken_and_one_byte_more_is_not(app):
    status, places = post(app, "/gradio_api/upload", form(bytes(MAX_UPLOAD_BYTES)), FORM)
    assert (status, len(json.loads(places))) == (200, 1)
    assert post(app, "/gradio_api/upload", form(bytes(MAX_UPLOAD_BYTES + 1)), FORM)[0] == 413


@pytest.mark.parametrize("argument", ["network", "layer"])
def test_the_small_arguments_of_a_function_have_a_limit_too(app, argument):
    values = {"network": "alexnet", "layer": "act1"} | {argument: "a" * 101}
    stream = call_api(app, "feature_maps", "data:image/png;base64,AAAA", *values.values())
    assert f"The argument {argument} has 101 characters. Send at most 100." in stream


def test_a_question_of_the_viewer_has_a_limit_too(app):
    with urllib.request.urlopen(f"{app}/config", timeout=20) as response:
        components = json.load(response)["components"]
    (viewer,) = [one["id"] for one in components if one["props"].get("elem_id") == "feature-maps-viewer"]
    question = {"network": "a" * 2_000_000, "layer": "act1"}
    body = {"component_id": viewer, "fn_name": "layer", "session_hash": "s", "data": question}
    status, text = post(app, "/gradio_api/component_server", json.dumps(body).encode())
    assert (status, json.loads(text)) == (
        200,
        {"error": "The question has more than 1,000,000 characters. Ask about one image."},
    )


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "localhost:7860", "[::1]:7860", "192.168.1.7"])
def test_mcp_answers_to_addresses_and_localhost(app, host):
    status, _ = answer_to(app, ["GET /gradio_api/mcp/schema HTTP/1.1", f"Host: {host}"])
    assert status == 200


@pytest.mark.parametrize("hosts", [["rebound.example:7860"], ["localhost.example"], [""], ["localhost", "a.example"]])
@pytest.mark.parametrize("path", ["/gradio_api/mcp/", "/gradio_api/mcp/schema", "/gradio_api/mcp/sse"])
def test_mcp_does_not_answer_to_a_name_that_it_is_not_known_by(app, hosts, path):
    head = [f"GET {path} HTTP/1.1", *(f"Host: {host}" for host in hosts)]
    status, text = answer_to(app, head)
    assert (status, text.startswith("Unknown host.")) in [(421, True), (400, False)]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/deep_link?session_hash=s",
        "/gradio_api/file=https://example.org/a.png",
        "/gradio_api/FILE=HTTPS://example.org/a.png",
        "/gradio_api/file=http%3A//example.org/a.png",
        "/gradio_api/proxy=https://a.hf.space/b",
        "/gradio_api/process_recording",
        "/gradio_api/vibe-code",
        "/gradio_api/run-history/buckets",
        "/gradio_api/runs",
        "/gradio_api/stream/a/b/c/playlist.m3u8",
    ],
)
def test_a_route_that_the_app_does_not_use_is_closed(app, path):
    assert answer_to(app, [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]) == (404, "Not found.")


def test_a_caller_cannot_make_the_app_fetch_an_address(app):
    with urllib.request.urlopen(f"{app}/config", timeout=20) as response:
        config = json.load(response)
    (field,) = [one["id"] for one in config["components"] if one["props"].get("elem_id") == "chest-film"]
    function = next(one for one in config["dependencies"] if one["inputs"] == [field])
    film = {"path": "https://example.org/film.dcm", "meta": {"_type": "gradio.FileData"}}
    body = {"data": [film], "fn_index": function["id"], "session_hash": "fetching"}
    assert post(app, "/gradio_api/queue/join", json.dumps(body).encode())[0] == 200
    with urllib.request.urlopen(f"{app}/gradio_api/queue/data?session_hash=fetching", timeout=20) as stream:
        assert "Upload the file: the app fetches no addresses." in stream.read().decode()


# --- the limits that need many clients or much time, on the middleware alone


class Client:
    """An ASGI client that sends `chunks`, then nothing more, or goes away."""

    def __init__(self, chunks, goes_away=False):
        self.messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        self.messages += [{"type": "http.disconnect"}] if goes_away else []
        self.sent = []

    async def receive(self):
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message):
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"]


def run(limit, client):
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"transfer-encoding", b"chunked")]}
    with ThreadPoolExecutor(1) as thread:  # where no browser of another test has an event loop
        thread.submit(asyncio.run, limit(scope, client.receive, client.send)).result()


async def never(*_):
    raise AssertionError("the app was called")


def test_a_body_that_stalls_is_given_up():
    limit, client = BodyLimit(never, idle_s=0.05, whole_s=FOREVER_S), Client([b"a"])
    run(limit, client)
    assert (client.status, limit.held_bytes) == (408, 0)


def test_a_body_that_trickles_is_given_up():
    limit, client = BodyLimit(never, idle_s=FOREVER_S, whole_s=0.2), Client([b"a"] * 3)
    run(limit, client)
    assert (client.status, limit.held_bytes) == (408, 0)


def test_the_bodies_of_all_clients_together_have_a_limit():
    limit, client = BodyLimit(never), Client([b"a" * 100])
    limit.held_bytes = MAX_HELD_BYTES - 99
    run(limit, client)
    assert (client.status, limit.held_bytes) == (503, MAX_HELD_BYTES - 99)


def test_a_body_that_breaks_off_never_reaches_the_app():
    limit, client = BodyLimit(never), Client([b"a", b"b"], goes_away=True)
    run(limit, client)
    assert (client.sent, limit.held_bytes) == ([], 0)
