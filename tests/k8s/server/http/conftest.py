"""Servers behind a real nginx."""

import pytest
from endpoint import start
from nginx_ingress import NGINX, Nginx, wait_until_open

QUIET = {"rate_per_minute": 1_000_000, "rate_burst": 100_000, "log_level": "warning"}


@pytest.fixture
def servers(tmp_path):
    """Starts servers that let everyone in; all are ended afterwards."""
    started = []

    def start_one(port, ops_port, **settings):
        usual = {"auth": "none", "port": port, "ops_port": ops_port, "drain_seconds": 1, "workers": 1}
        server = start(tmp_path, **usual | {"deadline_seconds": 45} | QUIET | settings)
        started.append(server)
        return server

    yield start_one
    for server in started:
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()


@pytest.fixture
def nginx(tmp_path):
    """Starts nginx in front of two ports; it is ended afterwards."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    started = []

    def start_one(first, second, port, **changed):
        started.append(Nginx(tmp_path, first, second, port, **changed))
        wait_until_open(port)
        return started[-1]

    yield start_one
    for one in started:
        one.stop()
