"""Servers behind nginx as k8s/manifests/base/ingress.yaml sets it up.

A rolling restart under load loses no request, a film that ended one server is not sent to the next, and no film is
written to a file on its way.
"""

import asyncio
import contextlib
import getpass
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter

import httpx
import pytest
import yaml
from endpoint import FILM, PHANTOM, ROOT, start

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
CLIENTS = 6
DRAIN_S = 1
WAIT_S = 60

INGRESS = yaml.safe_load((ROOT / "k8s" / "manifests" / "base" / "ingress.yaml").read_text())
ANNOTATIONS = {
    name.removeprefix("nginx.ingress.kubernetes.io/"): value
    for name, value in INGRESS["metadata"]["annotations"].items()
}

# The directives that ingress-nginx makes of the annotations. The controller's own balancer marks no server as failed,
# so max_fails is 0, and keeps connections to the servers open.
CONFIG = """
daemon off; user {user}; pid {folder}/nginx.pid; error_log {folder}/error.log warn; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_max_body_size {annotations[proxy-body-size]};
    client_body_buffer_size {annotations[client-body-buffer-size]};
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream endpoint {{
        server 127.0.0.1:{first} max_fails=0; server 127.0.0.1:{second} max_fails=0;
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://endpoint; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_buffering {annotations[proxy-buffering]};
            proxy_connect_timeout {annotations[proxy-connect-timeout]}s;
            proxy_read_timeout {annotations[proxy-read-timeout]}s;
            proxy_send_timeout {annotations[proxy-send-timeout]}s;
            proxy_next_upstream {annotations[proxy-next-upstream]};
            proxy_next_upstream_tries {annotations[proxy-next-upstream-tries]};
        }}
    }}
}}
"""


def free_ports(count):
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in taken]
    for server in taken:
        server.close()
    return ports


@pytest.fixture
def servers(tmp_path):
    """Starts servers; all are ended afterwards."""
    started = []

    def start_one(port, ops_port):
        server = start(
            tmp_path,
            **{"auth": "none", "port": port, "ops_port": ops_port, "drain_seconds": DRAIN_S, "workers": 1},
            **{"deadline_seconds": 45, "rate_per_minute": 1_000_000, "rate_burst": 100_000, "log_level": "warning"},
        )
        started.append(server)
        return server

    yield start_one
    for server in started:
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()


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


@pytest.fixture
def nginx(tmp_path):
    """Starts nginx in front of two ports; it is ended afterwards."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    started = []

    def start_one(first, second, port, **changed):
        annotations = ANNOTATIONS | {name.replace("_", "-"): value for name, value in changed.items()}
        places = {"user": getpass.getuser(), "folder": tmp_path, "first": first, "second": second, "port": port}
        (tmp_path / "nginx.conf").write_text(CONFIG.format(annotations=annotations, **places))
        started.append(subprocess.Popen([NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]))

    yield start_one
    for process in started:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=WAIT_S)


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


@pytest.mark.parametrize("next_upstream", [None, "error http_503 non_idempotent"], ids=["as shipped", "repeating"])
def test_a_film_that_ended_one_server_is_not_sent_to_the_next(nginx, next_upstream):
    pods, port = [DyingPod(), DyingPod()], free_ports(1)[0]
    nginx(pods[0].port, pods[1].port, port, **({"proxy_next_upstream": next_upstream} if next_upstream else {}))
    transport = httpx.HTTPTransport(retries=5)  # nginx may not listen yet
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=WAIT_S) as client:
        assert client.post(FILM, content=PHANTOM).status_code == 502
    for pod in pods:
        pod.close()
    assert sum(pod.films for pod in pods) == (2 if next_upstream else 1)


def test_a_film_that_no_server_has_read_goes_to_the_other(nginx, servers, tmp_path):
    place, (closed, port) = free_ports(2), free_ports(2)
    asyncio.run(wait_until_ready(servers(*place), place[1]))
    nginx(first=closed, second=place[0], port=port)
    transport = httpx.HTTPTransport(retries=5)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=WAIT_S) as client:
        headers = {"Content-Type": "application/dicom"}
        answers = [client.post(FILM, content=PHANTOM, headers=headers).status_code for _ in range(4)]
    assert answers == [200] * 4
    assert (tmp_path / "error.log").read_text().count("Connection refused") >= 1


def chunked(content):
    yield from (content[at : at + 1_000_000] for at in range(0, len(content), 1_000_000))


@pytest.mark.parametrize(
    ("changed", "is_spooled"),
    [({}, False), ({"client_body_buffer_size": "16k"}, True)],
    ids=["as shipped", "by default"],
)
def test_no_film_is_written_to_a_file_on_its_way(nginx, servers, tmp_path, changed, is_spooled):
    """A file is gone with its request: what shows is that the folder has changed, and nginx's warning."""
    place, port = free_ports(2), free_ports(1)[0]
    server = servers(*place)
    asyncio.run(wait_until_ready(server, place[1]))
    nginx(first=place[0], second=place[0], port=port, **changed)
    headers = {"Content-Type": "application/octet-stream"}
    transport = httpx.HTTPTransport(retries=5)  # nginx may not listen yet
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=WAIT_S) as client:
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
