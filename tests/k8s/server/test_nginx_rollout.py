"""A rolling restart of two servers behind nginx, under load: no request is lost."""

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter

import httpx
import pytest
from endpoint import FILM, PHANTOM, start

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
CLIENTS = 6
DRAIN_S = 1
WAIT_S = 60

# what k8s/manifests asks of the ingress: other servers are tried after an error, a timeout or a 503
CONFIG = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off; client_max_body_size 64m; client_body_buffer_size 1m;
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
            proxy_next_upstream error timeout http_503 non_idempotent;
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
            **{"rate_per_minute": 1_000_000, "rate_burst": 100_000, "log_level": "warning"},
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
    """Starts nginx with this file; it is ended afterwards."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    started = []

    def start_one(config):
        (tmp_path / "nginx.conf").write_text(config)
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


def test_a_rolling_restart_under_load_loses_no_request(nginx, servers, tmp_path):
    first, second, first_ops, second_ops, port = free_ports(5)
    nginx(CONFIG.format(folder=tmp_path, first=first, second=second, port=port))

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
