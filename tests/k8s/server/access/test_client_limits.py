"""What one client may ask for: a rate with a burst, and so many requests at a time."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from endpoint import FILM, PHANTOM, audit_events, audit_settings, ends, running

from k8s.server.access import limits as limits_module
from k8s.server.access.api_keys import add_key
from k8s.server.access.clients import READ_SCOPE
from k8s.server.access.limits import (
    UNAUTHENTICATED_BURST,
    UNAUTHENTICATED_PER_MINUTE,
    ClientLimits,
    UnauthenticatedLimit,
)
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem

pytestmark = pytest.mark.alone


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@contextmanager
def let_in(limits, client="ward"):
    """One request, while it lasts."""
    limits.charge(client)
    with limits.request(client):
        yield


def ask(limits, client="ward", times=1):
    """How many of so many requests, one after the other, were let in."""
    count = 0
    for _ in range(times):
        try:
            with let_in(limits, client):
                count += 1
        except Problem:
            pass
    return count


def refusal(limits, client="ward"):
    with pytest.raises(Problem) as caught, let_in(limits, client):
        pass
    assert (caught.value.status, caught.value.kind) == (429, "too-many-requests")
    return caught.value


def test_a_burst_is_let_in_and_no_more(clock):
    limits = ClientLimits(60, 5, 10, clock)
    assert ask(limits, times=9) == 5


def test_one_more_is_let_in_for_each_turn_of_the_rate(clock):
    limits = ClientLimits(60, 5, 10, clock)
    ask(limits, times=5)
    clock.now += 0.5
    assert ask(limits) == 0
    clock.now += 0.5
    assert ask(limits, times=2) == 1
    clock.now += 3
    assert ask(limits, times=9) == 3


def test_a_long_silence_saves_up_one_burst(clock):
    limits = ClientLimits(60, 5, 10, clock)
    ask(limits, times=5)
    clock.now += 1e6
    assert ask(limits, times=20) == 5


@pytest.mark.parametrize(("per_minute", "seconds"), [(1, 60), (2, 30), (7, 9), (50, 2), (60, 1), (1200, 1)])
def test_retry_after_is_the_first_second_at_which_one_is_let_in(clock, per_minute, seconds):
    limits = ClientLimits(per_minute, 1, 10, clock)
    assert ask(limits) == 1
    assert refusal(limits).headers["Retry-After"] == str(seconds)
    clock.now += seconds - 1
    assert ask(limits) == (1 if 60 / per_minute <= seconds - 1 else 0)
    clock.now += 1
    assert ask(limits) == 1


def test_a_refused_request_costs_nothing(clock):
    limits = ClientLimits(60, 1, 10, clock)
    ask(limits, times=100)
    clock.now += 1
    assert ask(limits) == 1


def test_clients_have_each_their_own(clock):
    limits = ClientLimits(60, 3, 10, clock)
    assert [ask(limits, name, 9) for name in ("a", "b", "c")] == [3, 3, 3]


def test_at_most_so_many_at_a_time(clock):
    limits = ClientLimits(6000, 100, 2, clock)
    with limits.request("ward"), limits.request("ward"):
        told = refusal(limits)
        assert told.headers["Retry-After"] == "1"
        assert told.detail == "This client has 2 requests under way. At most 2 are allowed."
        assert ask(limits, "other") == 1
    assert ask(limits) == 1


def test_a_request_that_fails_gives_its_place_back(clock):
    limits = ClientLimits(6000, 100, 1, clock)
    for error in (ValueError, Problem, KeyboardInterrupt):
        arguments = (ProblemKind.INTERNAL_ERROR, "x") if error is Problem else ()
        with pytest.raises(error), limits.request("ward"):
            raise error(*arguments)
    assert ask(limits) == 1


def test_the_table_of_clients_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(limits_module, "MAX_CLIENTS", 100)
    limits = ClientLimits(60, 1, 1, clock)
    for number in range(1000):
        ask(limits, f"client-{number}")
    assert len(limits._accounts) == 100
    assert ask(limits, "client-999") == 0  # the newest are remembered
    assert ask(limits, "client-0") == 1


def test_a_client_under_way_is_not_forgotten(clock, monkeypatch):
    """Else it would begin anew, with as many requests again."""
    monkeypatch.setattr(limits_module, "MAX_CLIENTS", 10)
    limits = ClientLimits(60, 5, 1, clock)
    with limits.request("ward"):
        for number in range(100):
            ask(limits, f"client-{number}")
        assert "under way" in refusal(limits).detail
    assert len(limits._accounts) <= 11


def test_those_whom_nobody_knows_share_one_rate(clock):
    unknown = UnauthenticatedLimit(60, 2, clock)
    unknown.count()
    unknown.count()
    with pytest.raises(Problem) as refused:
        unknown.count()
    assert (refused.value.status, refused.value.retry_after_s) == (429, 1)
    clock.now += 1
    unknown.count()


def test_a_flood_without_credentials_neither_fills_the_audit_log_nor_keeps_a_client_out(tmp_path):
    with running(tmp_path, **audit_settings(tmp_path)) as server:
        began = time.monotonic()
        with httpx.Client(trust_env=False) as stranger:
            statuses = [
                stranger.post(server.url + FILM, content=b"").status_code for _ in range(UNAUTHENTICATED_BURST * 3)
            ]
        allowed = UNAUTHENTICATED_BURST + UNAUTHENTICATED_PER_MINUTE * (time.monotonic() - began) / 60
        assert set(statuses) == {401, 429}
        assert UNAUTHENTICATED_BURST <= statuses.count(401) <= allowed + 1
        assert server.read_film().status_code == 200
        assert len(ends(audit_events(tmp_path))) == statuses.count(401) + 1


RATE, BURST = 60, 15
LOOPS = {
    "a key without the scope": ("viewer", {}, 403),
    "a parameter that is none": ("ward", {"heatmap": "x"}, 400),
    "a film that is none": ("ward", {}, 415),
}


@pytest.mark.parametrize("name", LOOPS)
def test_no_loop_of_one_client_writes_audit_lines_above_its_rate(tmp_path, name):
    client, parameters, status = LOOPS[name]
    viewer = add_key(tmp_path / "keys.json", "viewer", ("xray:list",), timedelta(days=1))
    with running(tmp_path, rate_per_minute=RATE, rate_burst=BURST, **audit_settings(tmp_path)) as server:
        headers = {"X-API-Key": viewer if client == "viewer" else server.key, "Content-Type": "application/dicom"}
        began = time.monotonic()
        with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as asking:
            answers = [asking.post(FILM, content=b"x", params=parameters) for _ in range(BURST * 4)]
        allowed = BURST + RATE * (time.monotonic() - began) / 60
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) == {status, 429}
        assert BURST <= statuses.count(status) <= allowed + 1
        lines = ends(audit_events(tmp_path))
        assert [line["outcomeDesc"][:3] for line in lines] == [str(status)] * statuses.count(status)
        assert {line["agent"][0]["who"]["identifier"]["value"] for line in lines} == {f"key:{client}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Two requests at a time; ten in a burst, and one more a minute."""
    folder = tmp_path_factory.mktemp("limits")
    for name in ("burst", "other", "slow", "slow-too", "hang"):
        (folder / f"{name}.key").write_text(add_key(folder / "keys.json", name, (READ_SCOPE,), timedelta(days=1)))
    settings = {"rate_per_minute": 1, "rate_burst": 10, "client_concurrency": 2, "workers": 1}
    with running(folder, **settings) as endpoint:
        yield endpoint


def key_of(server, name):
    return (server.folder / f"{name}.key").read_text()


def post(server, name, content=PHANTOM):
    headers = {"X-API-Key": key_of(server, name), "Content-Type": "application/dicom"}
    return httpx.post(server.url + FILM, content=content, headers=headers, trust_env=False, timeout=60)


def test_a_client_over_its_rate_is_refused_and_another_is_not(server):
    statuses = [post(server, "burst", b"no film").status_code for _ in range(12)]
    assert statuses == [415] * 10 + [429] * 2
    response = post(server, "burst")
    assert 55 <= int(response.headers["retry-after"]) <= 60
    assert response.json()["retry_after_seconds"] == int(response.headers["retry-after"])
    assert response.json()["type"] == "/problems/too-many-requests"
    assert response.json()["detail"] == "This client sends more than 1 requests a minute."
    assert post(server, "other").status_code == 200


def begun(server, name):
    """A connection on which a film was announced and not sent."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    head = (
        f"POST {FILM} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key_of(server, name)}\r\n"
        f"Content-Type: application/dicom\r\nContent-Length: {len(PHANTOM)}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


def in_flight(server, count):
    end = time.monotonic() + 20
    while server.metric("xray_requests_in_flight") != count:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_uploads_under_way_count_and_hinder_only_their_own_client(server):
    with begun(server, "slow"), begun(server, "slow"):
        in_flight(server, 2)
        response = post(server, "slow")
        assert response.status_code == 429
        assert response.headers["retry-after"] == "1"
        assert post(server, "slow-too").status_code == 200
    in_flight(server, 0)
    assert post(server, "slow").status_code == 200


def test_a_client_that_hangs_up_gives_its_places_back(server):
    for _ in range(3):
        connections = [begun(server, "hang") for _ in range(2)]
        in_flight(server, 2)
        for connection in connections:
            connection.sendall(PHANTOM[:1000])
            connection.close()
        in_flight(server, 0)
    assert post(server, "hang").status_code == 200


def test_a_busy_client_leaves_the_others_their_share(tmp_path):
    """One client sends all it can from eight threads; each film of another is answered all the same."""
    busy = add_key(tmp_path / "keys.json", "busy", (READ_SCOPE,), timedelta(days=1))
    settings = {
        "rate_per_minute": 1_000_000,
        "rate_burst": 100_000,
        "client_concurrency": 3,
        "queue_capacity": 4,
        "workers": 1,
    }
    with running(tmp_path, **settings) as server:
        stopped, statuses = threading.Event(), []

        def send(_number):
            headers = {"X-API-Key": busy, "Content-Type": "application/dicom"}
            with httpx.Client(headers=headers, trust_env=False, timeout=60) as client:
                while not stopped.is_set():
                    statuses.append(client.post(server.url + FILM, content=PHANTOM).status_code)

        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(send, number) for number in range(8)]
            while 429 not in statuses:
                time.sleep(0.02)
            assert [server.read_film().status_code for _ in range(10)] == [200] * 10
            stopped.set()
        assert [one.exception() for one in sent] == [None] * 8
        assert set(statuses) == {200, 429}
