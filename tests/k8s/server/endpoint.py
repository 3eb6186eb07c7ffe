"""The endpoint as a process of its own, and a client for it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from k8s.server.access.api_keys import add_key
from k8s.server.access.clients import READ_SCOPE

ROOT = Path(__file__).parents[3]
START_S = 90
FILM = "/v1/chest-xray"
SERVER = ("-m", "k8s.server")
HANGING = (str(ROOT / "tests" / "k8s" / "server" / "hanging_server.py"),)
WAIT_S = 30
PHANTOM = (ROOT / "space" / "examples" / "chest_xray" / "phantom.dcm").read_bytes()


class Endpoint:
    """A running server. `client` sends its key; `lines` holds what it has printed, while `is_read` is set."""

    def __init__(self, process, folder):
        self.process, self.folder, self.lines = process, folder, []
        self.key = None
        self.is_read = threading.Event()
        self.is_read.set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            self.is_read.wait()

    @property
    def log(self):
        """The server's own log: every line that is JSON."""
        return [json.loads(line) for line in list(self.lines) if line.startswith(b"{")]

    def logged(self, count=1, **members):
        """The lines that hold `members`, once there are `count`: a line may be read after its request is answered."""
        found = []

        def are_there():
            found[:] = [line for line in self.log if members.items() <= line.items()]
            return len(found) >= count

        wait_until(are_there)
        return found

    def wait_until_ready(self):
        deadline = time.monotonic() + START_S
        while not (ready := [line for line in self.log if line.get("event") == "ready"]):
            assert self.process.poll() is None, b"".join(self.lines).decode()
            assert time.monotonic() < deadline, f"not ready within {START_S} s"
            time.sleep(0.05)
        self.port, self.ops_port = ready[0]["port"], ready[0]["ops_port"]
        self.url, self.ops_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.ops_port}"
        self.client = httpx.Client(
            base_url=self.url, headers={"X-API-Key": self.key} if self.key else {}, timeout=60, trust_env=False
        )

    def read_film(self, content=PHANTOM, content_type="application/dicom", **options):
        """POST a film with the endpoint's key."""
        headers = {"Content-Type": content_type} | options.pop("headers", {})
        return self.client.post(FILM, content=content, headers=headers, **options)

    def metric(self, name):
        """The value of one line of /metrics, named with its labels; None where there is no such line."""
        text = httpx.get(f"{self.ops_url}/metrics", trust_env=False).text
        lines = [line for line in text.splitlines() if line.startswith(name + " ")]
        return float(lines[0].rsplit(" ", 1)[1]) if lines else None

    def stop(self):
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self._reader.join(timeout=10)
        return code


def start(folder, *, with_key=True, program=SERVER, cwd=ROOT, **settings):
    """Start `python -m k8s.server` with XRAY_ settings given in lower case; it may not be ready yet."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XRAY_", "OTEL_"))}
    key = None
    given = {"host": "127.0.0.1", "ops_host": "127.0.0.1", "port": 0, "ops_port": 0, "drain_seconds": 0} | settings
    if with_key and "auth" not in given:
        keys = folder / "keys.json"
        key = add_key(keys, "ward", (READ_SCOPE,), timedelta(days=1))
        given |= {"api_keys_file": keys}
    for name, value in given.items():
        environment[name if name.isupper() else f"XRAY_{name.upper()}"] = str(value)
    process = subprocess.Popen(
        [sys.executable, *program],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    endpoint = Endpoint(process, folder)
    endpoint.key = key
    return endpoint


def wait_until(is_so):
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def running(folder, **settings):
    """A server that is ready; ended afterwards."""
    endpoint = start(folder, **settings)
    try:
        endpoint.wait_until_ready()
        yield endpoint
    finally:
        if hasattr(endpoint, "client"):
            endpoint.client.close()
        endpoint.process.kill()
        endpoint.process.wait()
        endpoint.is_read.set()
        endpoint._reader.join(timeout=10)
        endpoint.process.stdout.close()


def audit_events(folder):
    """Every event of the audit file in `folder`."""
    return [json.loads(line) for line in (folder / "audit.jsonl").read_bytes().splitlines()]


def ends(events):
    """Those that say how a request ended: neither its start nor what the server did itself."""
    return [event for event in events if event["type"]["code"] == "rest" and event["outcomeDesc"] != "started"]


def audit_settings(folder, **more):
    """Settings that write an audit file into `folder`."""
    key = folder / "audit.key"
    key.write_text("0123456789abcdef" * 4)
    return {"audit_file": folder / "audit.jsonl", "audit_key_file": key} | more
