"""A server of ours as a process of its own."""

import base64
import json
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager

START_S = 90


class Address(str):
    """Of a server, with its process id."""

    pid: int


@contextmanager
def serving(command, cwd, environment=None):
    """Run `command` with a free port put for PORT; its address once it answers, and the process ended after."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [part.replace("PORT", str(port)) for part in command]
    environment = {key: value.replace("PORT", str(port)) for key, value in (environment or {}).items()} or None
    address = Address(f"http://127.0.0.1:{port}")
    with tempfile.TemporaryFile() as printed:  # a pipe that nobody reads would stop the server once it is full
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=printed, stderr=subprocess.STDOUT)
        address.pid = process.pid
        try:
            deadline = time.monotonic() + START_S
            while not _answers(address):
                assert process.poll() is None, _text(printed)
                assert time.monotonic() < deadline, f"no answer within {START_S} s: {_text(printed)}"
                time.sleep(0.3)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def _text(file):
    file.seek(0)
    return file.read().decode()


def _answers(address):
    try:
        with urllib.request.urlopen(address, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


def call_api(address, name, *values):
    """The event stream that the app's endpoint `name` answers to `values`."""
    body = json.dumps({"data": values}).encode()
    request = urllib.request.Request(f"{address}/gradio_api/call/{name}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{address}/gradio_api/call/{name}/{event}", timeout=20) as stream:
        return stream.read().decode()


def data_address(content, kind):
    return f"data:{kind};base64," + base64.b64encode(content).decode()
