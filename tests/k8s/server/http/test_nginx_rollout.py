"""Servers behind nginx as k8s/manifests/base/ingress.yaml sets it up.

A rolling restart under load loses no request, a film that ended one server is not sent to the next, and no film is
written to a file on its way.
"""

import asyncio
import contextlib
import signal
import socket
import threading
import time
from collections import Counter

import httpx
import pytest
from endpoint import FILM, PHANTOM
from nginx_ingress import WAIT_S, free_ports

CLIENTS = 6


async def wait_until_ready(server, ops_port):
    deadline = time.monotonic() + WAIT_S
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            assert server.process.poll() is None, b"".join(server.lines).decode()
            assert time.monotonic() < deadline
            try:
                if (await client.get(f"http://127.0.0.1:{ops_port}/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def load(url, is_over, statuses):
    """One client that asks again and again. A connection that breaks is counted as what it is."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=WAIT_S) as client:
        while not is_over.is_set():
            try:
                response = await client.post(FILM, content=PHANTOM, headers={"Content-Type": "application/dicom"})
                statuses[response.status_code] += 1
            except httpx.TransportError as error:
                statuses[type(error).__name__] += 1


def test_a_rolling_restart_under_load_loses_no_request(nginx, servers):
    first, second, first_ops, second_ops, port = free_ports(5)
    nginx(first=first, second=second, port=port)

    async def roll():
        places = [(first, first_ops), (second, second_ops)]
        running = [servers(*place) for place in places]
        for server, place in zip(running, places, strict=True):
            await wait_until_ready(server, place[1])
        statuses, is_over, codes, during = Counter(), asyncio.Event(), [], []
        clients = [asyncio.create_task(load(f"http://127.0.0.1:{port}", is_over, statuses)) for _ in range(CLIENTS)]
        await asyncio.sleep(2)
        for server, place in zip(running, places, strict=True):
            before = statuses.total()
            server.process.send_signal(signal.SIGTERM)
            codes.append(await asyncio.to_thread(server.process.wait, WAIT_S))
            during.append(statuses.total() - before)
            await wait_until_ready(servers(*place), place[1])
            await asyncio.sleep(1)
        is_over.set()
        await asyncio.gather(*clients)
        return statuses, codes, during

    statuses, codes, during = asyncio.run(roll())
    print(f"{dict(statuses)} while two servers were restarted; {during} of them while one was stopping")
    assert codes == [0, 0]
    assert statuses.keys() == {200}
    assert statuses[200] > 20
    assert min(during) > 0


class DyingPod:
    """Takes a request whole and closes the connection without an answer, as a process that is killed does."""

    def __init__(self):
        self.films, self._server = 0, socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                connection, _ = self._server.accept()
                with connection, connection.makefile("rb") as request:
                    length = next(int(line[15:]) for line in request if line.lower().startswith(b"content-length:"))
                    while request.readline().strip():
                        pass
                    self.films += len(request.read(length)) == length

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


REPEATING = {"proxy_next_upstream": "error http_503 non_idempotent"}
HOLDING_BACK = {"proxy_request_buffering": "on", "client_body_buffer_size": "72m"}


@pytest.mark.parametrize(
    ("changed", "films"),
    [({}, 1), (HOLDING_BACK, 1), (REPEATING, 1), (REPEATING | HOLDING_BACK, 2)],
    ids=["as shipped", "holding bodies back", "told to repeat", "both"],
)
def test_a_film_that_ended_one_server_is_not_sent_to_the_next(nginx, changed, films):
    pods, port = [DyingPod(), DyingPod()], free_ports(1)[0]
    nginx(pods[0].port, pods[1].port, port, **changed)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=WAIT_S) as client:
        assert client.post(FILM, content=PHANTOM).status_code == 502
    for pod in pods:
        pod.close()
    assert sum(pod.films for pod in pods) == films


def test_a_film_that_no_server_has_read_goes_to_the_other(nginx, servers, tmp_path):
    place, (closed, port) = free_ports(2), free_ports(2)
    asyncio.run(wait_until_ready(servers(*place), place[1]))
    nginx(first=closed, second=place[0], port=port)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=WAIT_S) as client:
        headers = {"Content-Type": "application/dicom"}
        answers = [client.post(FILM, content=PHANTOM, headers=headers).status_code for _ in range(4)]
    assert answers == [200] * 4
    assert (tmp_path / "error.log").read_text().count("Connection refused") >= 1


def chunked(content):
    yield from (content[at : at + 1_000_000] for at in range(0, len(content), 1_000_000))


@pytest.mark.parametrize(
    ("changed", "is_spooled"),
    [({}, False), ({"proxy_request_buffering": "on", "client_body_buffer_size": "16k"}, True)],
    ids=["as shipped", "by default"],
)
def test_no_film_is_written_to_a_file_on_its_way(nginx, servers, tmp_path, changed, is_spooled):
    """A file is gone with its request: what shows is that the folder has changed, and nginx's warning."""
    place, port = free_ports(2), free_ports(1)[0]
    server = servers(*place)
    asyncio.run(wait_until_ready(server, place[1]))
    nginx(first=place[0], second=place[0], port=port, **changed)
    headers = {"Content-Type": "application/octet-stream"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=WAIT_S) as client:
        assert client.get("/v2/health/live").status_code == 200
        folder = tmp_path / "body"
        before = folder.stat().st_mtime_ns
        for content in (b"x" * 60_000_000, chunked(b"x" * 60_000_000)):
            response = client.post(FILM, content=content, headers=headers)
            assert response.status_code == 415
            assert response.json()["detail"] == "The body is not DICOM, PNG or JPEG. Send one of these."
        assert list(folder.iterdir()) == []
    warnings = (tmp_path / "error.log").read_text().count("temporary file")
    assert (folder.stat().st_mtime_ns != before, warnings > 0) == (is_spooled, is_spooled)
