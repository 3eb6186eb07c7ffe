"""The process watches itself: hung workers, an output that nobody reads, a log that strangers would fill."""

import asyncio
import json
import threading
import time

import httpx
import pytest
from endpoint import (
    FILM,
    HANGING,
    PHANTOM,
    ROOT,
    WAIT_S,
    audit_events,
    audit_settings,
    ends,
    running,
    wait_until,
)
from wire import ask

from k8s.server.audit import main
from k8s.server.films.work_queue import WorkQueue
from k8s.server.records.log_rate import BURST, LINES_PER_MINUTE
from k8s.server.records.output import PATIENCE_S

pytestmark = pytest.mark.alone


def live(server):
    response = httpx.get(f"{server.ops_url}/health/live", trust_env=False, timeout=5)
    return response.status_code, response.json()


# --- hung workers


WORKERS = ("worker-0", "worker-1")


@pytest.fixture
def hung(tmp_path):
    """A server of two workers, of which one hangs; the deadline is a second, and two more make a worker stuck."""
    settings = audit_settings(tmp_path, deadline_seconds=1, stuck_seconds=2, workers=2, shutdown_seconds=3)
    with running(tmp_path, program=HANGING, PYTHONPATH=ROOT, **settings) as server:
        assert server.read_film().status_code == 200
        assert live(server) == (200, {"status": "live"})
        (tmp_path / "hang").touch()
        assert server.read_film().status_code == 504
        (tmp_path / "hang").unlink()
        yield server


def test_a_worker_far_beyond_its_deadline_ends_liveness_by_name(hung):
    assert live(hung) == (200, {"status": "live"})  # late, and not yet far beyond
    wait_until(lambda: live(hung)[0] == 503)
    status, body = live(hung)
    assert (status, body["status"]) == (503, "stuck")
    ((name, seconds),) = body["workers"].items()
    assert name in WORKERS
    assert 3 <= seconds < WAIT_S
    assert (hung.metric("xray_stuck_workers"), hung.metric("xray_busy_workers")) == (1, 1)
    assert hung.read_film().status_code == 200  # by the other one


def test_a_server_with_a_hung_worker_ends_in_bounded_time_and_says_what_was_left(hung):
    assert hung.stop() == 1
    left = [line for line in hung.log if line["event"] == "workers left"]
    ((level, workers, seconds),) = [(line["level"], line["workers"], line["seconds"]) for line in left]
    assert level == "error"
    assert workers == list(seconds)
    assert workers in ([name] for name in WORKERS)
    assert hung.log[-1]["event"] == "stopped"
    last = audit_events(hung.folder)[-1]
    assert (last["subtype"][0]["code"], last["outcome"]) == ("110121", "8")
    assert last["outcomeDesc"] == f"stopped; workers left: {workers[0]}"
    assert [event["outcomeDesc"] for event in ends(audit_events(hung.folder))] == ["200", "504 deadline-exceeded"]


def test_a_queue_closes_in_its_time_and_names_who_has_not_ended():
    queue, release = WorkQueue(2, 2), threading.Event()

    async def hang():
        queue.submit(lambda _job: release.wait(WAIT_S), time.monotonic() + 0.1)
        while not queue.busy:
            await asyncio.sleep(0.01)

    asyncio.run(hang())
    assert queue.stuck(WAIT_S) == {}
    time.sleep(0.3)
    (name,) = queue.stuck(0.1)
    assert queue.close(0.2) == [name]
    release.set()
    assert queue.close() == []
    assert queue.stuck(0) == {}


# --- an output that nobody reads


def stall(server):
    """Nobody reads any more, and the pipe of 64 kB is full: requests of a known client have a line each."""
    server.is_read.clear()
    with httpx.Client(base_url=server.url, headers={"X-API-Key": server.key}, trust_env=False, timeout=5) as client:
        for _ in range(800):
            assert client.get("/v2").status_code == 200


def test_an_output_that_nobody_reads_blocks_neither_port(tmp_path):
    with running(tmp_path, **audit_settings(tmp_path)) as server:
        stall(server)
        assert live(server)[0] == 200
        assert server.read_film().status_code == 200  # its audit lines are in the file
        assert server.metric("xray_audit_errors_total") == 0
        server.process.terminate()
        assert server.process.wait(WAIT_S) == 0  # 1 where it takes longer than it is allowed


@pytest.mark.parametrize("on_error", ["refuse", "continue"])
def test_audit_lines_that_nobody_reads_are_waited_for_within_a_bound(tmp_path, on_error, capsys):
    settings = audit_settings(tmp_path, audit_stdout="true", audit_on_error=on_error)
    with running(tmp_path, **settings) as server:
        stall(server)
        time.sleep(PATIENCE_S)
        for _ in range(3):
            answer = server.read_film()
            if on_error == "refuse":
                assert (answer.status_code, answer.json()["type"]) == (503, "/problems/audit-unavailable")
            else:
                assert answer.status_code == 200
            assert live(server)[0] == 200
        assert server.metric("xray_audit_errors_total") == 6
        server.is_read.set()
        wait_until(lambda: any(line.get("event") == "audit line not written" for line in server.log))
        assert server.read_film().status_code == 200
        assert server.stop() == 0
    (tmp_path / "printed").write_bytes(b"".join(server.lines))
    for name in ("printed", "audit.jsonl"):
        assert main(["verify", "--key-file", str(tmp_path / "audit.key"), "--printed", str(tmp_path / name)]) in (0, 3)
        assert "unbroken" in capsys.readouterr().out


# --- a log that strangers would fill


def test_strangers_have_a_rate_of_log_lines_and_clients_have_all_of_theirs(tmp_path):
    with running(tmp_path, **audit_settings(tmp_path)) as server:
        began = time.monotonic()
        with httpx.Client(base_url=server.url, trust_env=False) as stranger:
            for path in ("/none", "/v2", "/v2/health/live", FILM):
                for _ in range(100):
                    stranger.get(path)
        for _ in range(100):
            assert ask(server.port, b"no HTTP\r\n\r\n").status == 400
        for _ in range(20):
            assert server.read_film(b"no film").status_code == 415
        allowed = BURST + LINES_PER_MINUTE * (time.monotonic() - began) / 60
        left_out = server.metric("xray_unlogged_requests_total")
        assert server.stop() == 0
    lines = [line for line in server.log if line["event"] in ("request", "library")]
    of_strangers = [line for line in lines if not line.get("client")]
    assert BURST <= len(of_strangers) <= allowed + 1
    assert len(lines) - len(of_strangers) == 20
    assert len(of_strangers) + left_out == 500
    reports = [line for line in server.log if line["event"] == "lines on strangers left out"]
    assert sum(line["lines"] for line in reports) == left_out


def test_the_log_is_json_to_its_last_line(tmp_path):
    with running(tmp_path, **audit_settings(tmp_path)) as server:
        server.read_film(PHANTOM)
        assert server.stop() == 0
    assert all(json.loads(line) for line in server.lines)
