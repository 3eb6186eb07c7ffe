"""What strangers can do to the shared nginx in front of the endpoint: hold its memory, its connections, its time."""

import contextlib
import json
import select
import socket
import threading
import time

import httpx
import pytest
from endpoint import FILM, PHANTOM, running, wait_until
from nginx_ingress import WAIT_S, free_ports
from wire import connected, film_head, read_answer

pytestmark = pytest.mark.alone

STRANGERS = 12
FILM_BYTES = 60_000_000
MEGABYTE = 1_000_000
MEGABYTES_6 = 6 * MEGABYTE
PART = b"x" * 65_536


@pytest.fixture
def guarded(nginx, tmp_path):
    """Starts a server that asks for keys, behind nginx: the server, nginx, and nginx's port."""
    with contextlib.ExitStack() as stack:

        def start_both(server_settings=None, **changed):
            place, port = free_ports(2)
            usual = {"port": place, "rate_per_minute": 1_000_000, "rate_burst": 100_000}
            server = stack.enter_context(running(tmp_path, **usual | (server_settings or {})))
            return server, nginx(place, place, port, **changed), port

        yield start_both


def send_all_but_the_end(connection, length):
    """As much as is taken, until an answer comes: how many bytes of the body have gone."""
    sent = 0
    connection.setblocking(False)
    deadline = time.monotonic() + WAIT_S
    while sent < length - 1 and time.monotonic() < deadline:
        readable, writable, _ = select.select([connection], [connection], [], 1)
        if readable:
            break
        if writable:
            with contextlib.suppress(BlockingIOError):
                sent += connection.send(PART[: length - 1 - sent])
    connection.settimeout(WAIT_S)
    return sent


@pytest.mark.parametrize(
    ("changed", "is_small"),
    [({}, True), ({"proxy_request_buffering": "on", "client_body_buffer_size": "72m"}, False)],
    ids=["as shipped", "holding bodies back"],
)
def test_strangers_with_large_bodies_leave_nginx_small(guarded, changed, is_small):
    server, proxy, port = guarded(**changed)
    before = proxy.peak_bytes
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(STRANGERS)]
    try:
        for connection in connections:
            connection.sendall(film_head("nobody", FILM_BYTES))
        with contextlib.ExitStack() as stack:
            pool = [threading.Thread(target=send_all_but_the_end, args=(one, FILM_BYTES)) for one in connections]
            for thread in pool:
                thread.start()
                stack.callback(thread.join)
        grown = proxy.peak_bytes - before
        print(f"nginx grew by {grown / MEGABYTE:.1f} MB, {STRANGERS} strangers with {FILM_BYTES / MEGABYTE:g} MB each")
        if is_small:
            assert grown < STRANGERS * MEGABYTE
            assert {read_answer(connection).status for connection in connections} == {401}
        else:
            assert grown > STRANGERS * FILM_BYTES * 0.9
    finally:
        for connection in connections:
            connection.close()
    assert server.read_film().status_code == 200


def test_uploads_of_known_clients_stay_out_of_nginx_too(guarded):
    server, proxy, port = guarded({"body_memory_mb": 1000, "client_concurrency": STRANGERS, "upload_seconds": 5})
    before = proxy.peak_bytes
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(port, WAIT_S)) for _ in range(STRANGERS)]
        for connection in connections:
            connection.sendall(film_head(server.key, MEGABYTES_6))
        sent = [send_all_but_the_end(connection, MEGABYTES_6) for connection in connections]
        answers = [read_answer(connection) for connection in connections]
    assert sent == [MEGABYTES_6 - 1] * STRANGERS
    assert {answer.status for answer in answers} == {408}
    assert proxy.peak_bytes - before < STRANGERS * MEGABYTE


def test_a_body_that_comes_by_drops_gets_the_408_of_the_server(guarded):
    server, _, port = guarded({"upload_seconds": 1})
    with connected(port, WAIT_S) as connection:
        connection.sendall(film_head(server.key, len(PHANTOM)))
        for byte in PHANTOM[:400]:
            if select.select([connection], [], [], 0.01)[0]:
                break
            connection.send(bytes([byte]))
        answer = read_answer(connection)
    assert (answer.status, json.loads(answer.body)["type"]) == (408, "/problems/upload-timeout")


def test_a_retry_after_a_broken_upload_is_read_and_its_repeat_gets_the_first_answer(guarded):
    server, _, port = guarded()
    more = "Idempotency-Key: broken-off\r\n"
    with connected(port) as connection:
        connection.sendall(film_head(server.key, len(PHANTOM), more=more) + PHANTOM[: len(PHANTOM) // 2])
        wait_until(lambda: server.metric("xray_requests_in_flight") == 1)
    headers = {"X-API-Key": server.key, "Content-Type": "application/dicom", "Idempotency-Key": "broken-off"}
    url = f"http://127.0.0.1:{port}{FILM}"
    first, repeat = (httpx.post(url, content=PHANTOM, headers=headers, trust_env=False) for _ in range(2))
    assert (first.status_code, repeat.status_code) == (200, 200)
    assert "idempotent-replayed" not in first.headers
    assert repeat.headers["idempotent-replayed"] == "true"


def test_an_address_with_too_many_requests_at_a_time_gets_429(guarded):
    server, _, port = guarded({"upload_seconds": 2}, limit_connections="3")
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(port, WAIT_S)) for _ in range(5)]
        for connection in connections:
            connection.sendall(film_head(server.key, len(PHANTOM)))
            time.sleep(0.05)
        statuses = [read_answer(connection).status for connection in connections]
    assert sorted(statuses) == [408, 408, 408, 429, 429]


def test_an_address_with_too_many_requests_a_second_gets_429(guarded):
    server, _, port = guarded(limit_rps="1", limit_burst_multiplier="3")
    began = time.monotonic()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        statuses = [client.get("/v2/health/live").status_code for _ in range(20)]
    assert 4 <= statuses.count(200) <= 5 + (time.monotonic() - began)
    assert statuses.count(429) == 20 - statuses.count(200)
    assert server.client.get("/v2/health/live").status_code == 200
