"""The app as its readers have it: a process of its own, and Chromium that opens it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

START_S, STOP_S = 600.0, 20.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@contextlib.contextmanager
def running_app(folder: Path) -> Iterator[str]:
    """The address of the app of the checkout `folder`. Raises SystemExit where it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory() as uploads, tempfile.TemporaryFile() as printed:
        environment = {"TMPDIR": uploads, "GRADIO_TEMP_DIR": uploads, "PYTHONPATH": str(folder.resolve())}
        command = [sys.executable, "-m", "space", "--port", str(port)]
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdout=printed, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, address)
            yield address
        finally:
            process.terminate()
            process.wait(STOP_S)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.3)
    raise SystemExit("The app does not start. `python -m space` says why.")
