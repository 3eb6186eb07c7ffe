"""The page goes compressed, and the streams of events do not: each part of an answer arrives when it is made."""

import asyncio
import gzip
import http.client
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from space.public.compressed import PATHS, Compressed
from space.strokes import example_strokes

TAKES_GZIP = {"Accept-Encoding": "gzip, deflate"}


def fetched(address, headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as response:
        return response.read(), response.headers


@pytest.mark.parametrize("path", PATHS)
def test_the_page_is_less_than_a_third_of_itself_on_its_way(app, path):
    plain, plain_headers = fetched(app + path, {})
    packed, headers = fetched(app + path, TAKES_GZIP)
    assert "Content-Encoding" not in plain_headers
    assert headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in headers["Vary"]
    assert headers["Content-Security-Policy"] == plain_headers["Content-Security-Policy"]
    assert len(gzip.decompress(packed)) == len(plain)
    assert len(packed) < len(plain) / 3


def test_the_answers_of_a_tab_come_as_a_stream_that_is_not_compressed(app):
    digits, _ = example_strokes()
    with urllib.request.urlopen(f"{app}/config", timeout=20) as response:
        functions = json.load(response)["dependencies"]
    read = next(each["id"] for each in functions if each["targets"][0][1] == "input" and each["backend_fn"])
    joined = {"data": [json.dumps(digits["7"])], "fn_index": read, "session_hash": "compressed"}
    connection = http.client.HTTPConnection(urlsplit(app).netloc, timeout=20)
    connection.request("POST", "/gradio_api/queue/join", json.dumps(joined), {"Content-Type": "application/json"})
    assert json.load(connection.getresponse())["event_id"]
    connection.request("GET", "/gradio_api/queue/data?session_hash=compressed", headers=TAKES_GZIP)
    response = connection.getresponse()
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert "Content-Encoding" not in response.headers
    assert response.readline().startswith(b"data: {")
    connection.close()


def test_a_stream_under_another_path_is_handed_on_part_by_part():
    sent = []

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        for part in (b"a" * 1000, b"b" * 1000):
            await send({"type": "http.response.body", "body": part, "more_body": True})
            assert sent[-1]["body"] == part

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/gradio_api/heartbeat/x", "headers": [(b"accept-encoding", b"gzip")]}
    with ThreadPoolExecutor(1) as thread:  # the browser of other tests has this thread's event loop
        thread.submit(asyncio.run, Compressed(app)(scope, None, send)).result()
    assert len(sent) == 3
