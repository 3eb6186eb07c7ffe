"""The public application in a thread of this process, with a watch on its event loop."""

import asyncio
import json
import sys
import threading
import time
from contextlib import contextmanager

import uvicorn
import uvloop
from endpoint import ROOT

from k8s.server.http.app import public_app
from k8s.server.http.connection import Connection
from k8s.server.lifecycle import Lifecycle
from k8s.server.records.metrics import Metrics
from k8s.server.service import open_service
from k8s.server.settings import Settings

TICK_S = 0.005


def opened(**settings):
    """A service that lets everyone in; its phase is STARTING."""
    return open_service(
        Settings.read(model=ROOT / "models" / "chest_xray.onnx", auth="none", **settings), Lifecycle(), Metrics()
    )


class Served:
    """`url` of the application; `largest_gap_s` by which the loop was ever late since `forget`."""

    def __init__(self, service):
        self.service, self.url, self.largest_gap_s = service, "", 0.0
        self._is_up, self._is_ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()))

    def forget(self):
        self.largest_gap_s = 0.0

    async def _serve(self):
        config = uvicorn.Config(
            public_app(self.service), port=0, http=Connection, lifespan="off", ws="none", log_config=None
        )
        server = uvicorn.Server(config)
        server.capture_signals = _nothing
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        self._is_up.set()
        last = time.monotonic()
        while not self._is_ended.is_set():
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            self.largest_gap_s, last = max(self.largest_gap_s, now - last - TICK_S), now
        server.should_exit = True
        await task

    def __enter__(self):
        self._thread.start()
        assert self._is_up.wait(30)
        return self

    def __exit__(self, *_):
        self._is_ended.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


@contextmanager
def _nothing():
    """Signals are pytest's."""
    yield


# a client of its own process: its work takes none of this interpreter's time
CLIENT = """
import json, sys
import httpx
url, file, headers = sys.argv[1:]
content = open(file, "rb").read()
response = httpx.post(url, content=content, headers=json.loads(headers), timeout=60, trust_env=False)
print(response.status_code)
"""


async def post_from_another_process(url, file, headers):
    """The status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENT, url, str(file), json.dumps(headers), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return int(out)
