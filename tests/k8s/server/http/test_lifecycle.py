"""The start, the end, and connections that lead to neither."""

import contextlib
import json
import signal
import socket
import time

import httpx
import numpy as np
import onnx
import pytest
from endpoint import FILM, PHANTOM, ROOT, START_S, audit_settings, running, start
from in_process import Served, opened
from revisions import stamp
from wire import ask, connected, film_head, is_closed, read_answer

from fovea import load
from fovea.expected import KEY, ExpectedAnswers, condensed
from k8s.server.http import connection as connection_module
from k8s.server.http.serve import LAST_REQUESTS_S
from k8s.server.lifecycle import Phase
from k8s.server.records.audit_chain import read_audit_key
from k8s.server.records.audit_check import verify

pytestmark = pytest.mark.alone

MODEL = ROOT / "models" / "chest_xray.onnx"
WAIT_S = 30


def wait_until(is_so):
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


# --- the start


@pytest.fixture
def starting(tmp_path):
    """A server that waits for an inference server which is not there yet."""
    ports = {"port": free_port(), "ops_port": free_port()}
    server = start(tmp_path, backend=f"oip://127.0.0.1:{free_port()}/chest_xray", **ports)
    server.port, server.ops_url = ports["port"], f"http://127.0.0.1:{ports['ops_port']}"
    wait_until(lambda: not is_refused(ports["ops_port"]))
    yield server
    server.process.kill()
    server.process.wait()
    server.process.stdout.close()


def test_before_the_model_has_answered_the_server_lives_and_takes_nothing(starting):
    time.sleep(2)  # by now the model file is loaded, and the other server has been asked
    ready = httpx.get(f"{starting.ops_url}/health/ready", trust_env=False)
    assert (ready.status_code, ready.json()) == (503, {"status": "starting"})
    assert httpx.get(f"{starting.ops_url}/health/live", trust_env=False).json() == {"status": "live"}
    assert "process_resident_memory_bytes" in httpx.get(f"{starting.ops_url}/metrics", trust_env=False).text
    assert is_refused(starting.port)
    assert starting.log == []


def test_a_server_that_is_told_to_stop_while_it_starts_stops(starting):
    time.sleep(1)
    began = time.monotonic()
    assert starting.stop() == 0
    assert time.monotonic() - began < 20  # and not the 110 s for which it would wait for the other server
    assert not [line for line in starting.log if line["event"] == "ready"]


@pytest.fixture
def expecting(tmp_path):
    """The chest X-ray model in a file that expects its own answer to a grey film, `shift` apart."""

    def plant(shift):
        spec = load(MODEL).spec
        pixels = np.full((1, spec.height, spec.width, 1), 90, np.uint8)
        pixels[0, spec.height // 4 : spec.height // 2, spec.width // 5 : -spec.width // 5] = 200
        expected = ExpectedAnswers(pixels, condensed(load(MODEL).run(pixels)))
        expected.answers["probabilities"][0, 0] += np.float32(shift)
        proto = onnx.load(MODEL)
        stamp(proto, **{KEY: expected.to_text()})
        onnx.save(proto, tmp_path / "planted.onnx")
        return tmp_path / "planted.onnx"

    return plant


def test_a_machine_that_answers_otherwise_stays_up_unready_and_says_so_once(expecting, tmp_path):
    ops = free_port()
    server = start(tmp_path, model=expecting(0.1), ops_port=ops)
    try:
        wait_until(lambda: server.log)
        (line,) = server.log
        assert (line["event"], line["level"]) == ("unexpected answers", "error")
        assert "probabilities differs by 0.1 (at most 0.02)" in line["detail"]
        ready = httpx.get(f"http://127.0.0.1:{ops}/health/ready", trust_env=False)
        assert (ready.status_code, ready.json()) == (503, {"status": "starting"})
        assert httpx.get(f"http://127.0.0.1:{ops}/health/live", trust_env=False).status_code == 200
        assert server.stop() == 0
        assert len([line for line in server.log if line["event"] == "unexpected answers"]) == 1
    finally:
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()


def test_a_machine_that_answers_as_expected_is_ready(expecting, tmp_path):
    with running(tmp_path, model=expecting(0)) as server:
        assert server.read_film().status_code == 200


def test_once_the_model_has_answered_the_server_is_ready(endpoint):
    ready = httpx.get(f"{endpoint.ops_url}/health/ready", trust_env=False)
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert endpoint.client.get("/v2/health/ready").json() == {"ready": True}
    assert endpoint.metric("xray_ready") == 1
    assert (endpoint.log[0]["event"], endpoint.log[0]["provider"]) == ("ready", load(MODEL).providers[0])


def test_a_server_without_an_audit_log_says_so(tmp_path):
    with running(tmp_path, auth="none") as server:
        assert [(line["level"], line["event"]) for line in server.log] == [
            ("warning", "no audit log"),
            ("info", "ready"),
        ]


def test_whoever_gets_in_is_answered(tmp_path):
    """Once the port is open no request is refused because the server is starting: a proxy sends a film but once."""
    port = free_port()
    server = start(tmp_path, port=port)
    question = f"GET /v2 HTTP/1.1\r\nHost: test\r\nX-API-Key: {server.key}\r\n\r\n".encode()
    try:
        deadline = time.monotonic() + START_S
        while True:
            assert time.monotonic() < deadline
            with contextlib.suppress(ConnectionError):
                assert ask(port, question).status == 200
                break
            time.sleep(0.0005)
    finally:
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()


# --- the end


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_answers_what_has_come_and_exits_with_0(tmp_path, end):
    with running(tmp_path, drain_seconds=2, **audit_settings(tmp_path)) as server:
        half = len(PHANTOM) // 2
        assert server.read_film().headers.get("connection") is None
        with connected(server.port) as upload:
            upload.sendall(film_head(server.key, len(PHANTOM)) + PHANTOM[:half])
            wait_until(lambda: server.metric("xray_requests_in_flight") == 1)
            server.process.send_signal(end)
            wait_until(lambda: any(line["event"] == "draining" for line in server.log))
            # not ready at once, and still answering: load balancers take a moment to notice
            ready = httpx.get(f"{server.ops_url}/health/ready", trust_env=False)
            assert (ready.status_code, ready.json()) == (503, {"status": "draining"})
            assert server.metric("xray_ready") == 0
            refused = server.client.get("/v2/health/ready")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["type"] == "/problems/shutting-down"
            answer = server.read_film()
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
            wait_until(lambda: is_refused(server.port))
            # the socket is closed, and the upload goes on
            upload.sendall(PHANTOM[half:])
            last = read_answer(upload)
            assert (last.status, last.headers["connection"]) == (200, "close")
            assert json.loads(last.body)["decision"] == "abstain"
            assert is_closed(upload)
        assert server.process.wait(timeout=WAIT_S) == 0
        server._reader.join(timeout=10)
        events = [line["event"] for line in server.log if line["event"] != "request"]
        assert events == ["ready", "draining", "stopped"]
        assert [line["status"] for line in server.log if line["event"] == "request"] == [200, 503, 200, 200]
    verdict = verify(read_audit_key(tmp_path / "audit.key"), [tmp_path / "audit.jsonl"])
    # the server's start and stop, and two lines for each of three films
    assert (verdict.lines, verdict.broken, verdict.unfinished.request_ids) == (8, None, [])
    assert verdict.head == server.log[-1]["audit_head"]


def test_a_client_that_never_ends_does_not_hold_the_server_up(tmp_path):
    with running(tmp_path, shutdown_seconds=1) as server, connected(server.port) as upload:
        upload.sendall(film_head(server.key, len(PHANTOM)) + b"x")
        wait_until(lambda: server.metric("xray_requests_in_flight") == 1)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 20  # and not the 30 s that an upload may take


def test_idle_connections_are_closed_at_the_end(tmp_path):
    with running(tmp_path) as server, connected(server.port) as idle:
        assert server.client.get("/v2").status_code == 200
        assert server.stop() == 0
        assert is_closed(idle)


def test_a_kept_connection_is_answered_or_closed_and_never_refused(tmp_path):
    """A proxy sends no film a second time, so what a kept connection brings at the very end must be answered."""
    with running(tmp_path, drain_seconds=0) as server, contextlib.ExitStack() as stack:
        kept = [stack.enter_context(connected(server.port)) for _ in range(40)]
        question = f"GET /v2 HTTP/1.1\r\nHost: test\r\nX-API-Key: {server.key}\r\n\r\n".encode()
        for connection in kept:
            connection.sendall(question)
            assert read_answer(connection).status == 200
        server.process.send_signal(signal.SIGTERM)
        answers = []
        for connection in kept:  # over the whole time from the closed port to the closed connections, and on
            time.sleep(LAST_REQUESTS_S / 25)
            with contextlib.suppress(ConnectionError):
                connection.sendall(question)
                answers.append(read_answer(connection))
        statuses = [answer.status for answer in answers if answer is not None]
        assert set(statuses) == {200}
        assert len(statuses) < len(kept)
        assert server.process.wait(timeout=WAIT_S) == 0


# --- connections that lead to nothing


@pytest.fixture(scope="module")
def service():
    service = opened()
    service.lifecycle.enter(Phase.READY)
    yield service
    service.close()


@pytest.fixture
def impatient(service, monkeypatch):
    """The application on connections that wait half a second."""
    monkeypatch.setattr(connection_module, "PATIENCE_S", 0.5)
    with Served(service) as server:
        server.port = int(server.url.rpartition(":")[2])
        yield server


@pytest.mark.parametrize(
    "sent", [b"", b"G", b"GET /v2 HTTP/1.1\r\nHost: te"], ids=["nothing", "a letter", "half a head"]
)
def test_a_connection_that_brings_no_whole_head_is_closed(impatient, sent):
    with connected(impatient.port, timeout_s=10) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_a_head_that_comes_letter_by_letter_is_not_waited_for(impatient):
    with connected(impatient.port, timeout_s=0.1) as connection:
        began = time.monotonic()
        connection.sendall(b"GET /v2 HTTP/1.1\r\nX-Long: ")
        while not is_closed(connection):
            assert time.monotonic() - began < 10
            try:
                connection.sendall(b"x")
            except (BrokenPipeError, ConnectionResetError):
                break
        assert time.monotonic() - began > 0.4


def test_the_rest_of_a_refused_body_is_not_waited_for(impatient):
    with connected(impatient.port, timeout_s=0.1) as connection:
        began = time.monotonic()
        connection.sendall(film_head("none", 1000, content_type="text/plain"))
        assert read_answer(connection).status == 415
        while not is_closed(connection):
            assert time.monotonic() - began < 10
            try:
                connection.sendall(b"x")
            except (BrokenPipeError, ConnectionResetError):
                break


def test_a_connection_between_two_requests_is_kept(impatient):
    with httpx.Client(base_url=impatient.url, trust_env=False) as client:
        stream = []
        for _ in range(2):
            response = client.post(FILM, content=PHANTOM, headers={"Content-Type": "application/dicom"})
            assert response.status_code == 200
            stream.append(response.extensions["network_stream"])
            time.sleep(1)
        assert stream[0] is stream[1]


def test_an_upload_may_take_longer_than_a_head(impatient):
    with connected(impatient.port) as connection:
        connection.sendall(film_head("none", len(PHANTOM)) + PHANTOM[:1000])
        time.sleep(1)
        connection.sendall(PHANTOM[1000:])
        assert read_answer(connection).status == 200
