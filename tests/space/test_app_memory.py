"""What photos took of the app's memory is given back, be they large or many."""

import io
import json
import os
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from process_memory import memory
from serving import data_address, serving

from fovea.decoding.child import SPARE_BYTES
from space.app import MAX_SESSIONS

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
SIZE = (8000, 5000)
WAIT_S = 120
BORDER = "a-border"
UPLOADS, LEFT_BYTES = 100, 10_000_000


def photo(size, seed):
    """A JPEG of smooth colours."""
    stream = io.BytesIO()
    colours = np.random.default_rng(seed).integers(0, 256, (50, 80, 3), dtype=np.uint8)
    Image.fromarray(colours).resize(size).save(stream, "JPEG", quality=60)
    return stream.getvalue()


def ask(address, content):
    """The event stream that the app answers to a photo."""
    return answer(address, data_address(content, "image/jpeg"))


def upload(address, content):
    """The same for a photo that is uploaded first, as the page does it."""
    head = 'Content-Disposition: form-data; name="files"; filename="photo.jpg"\r\nContent-Type: image/jpeg'
    body = f"--{BORDER}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{BORDER}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={BORDER}"}
    request = urllib.request.Request(f"{address}/gradio_api/upload", body, kind)
    with urllib.request.urlopen(request, timeout=WAIT_S) as response:
        [path] = json.load(response)
    return answer(address, {"path": path, "meta": {"_type": "gradio.FileData"}})


def answer(address, value):
    call = f"{address}/gradio_api/call/flowers"
    body = json.dumps({"data": [value]}).encode()
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=WAIT_S) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{call}/{event}", timeout=WAIT_S) as stream:
        return stream.read().decode()


def test_a_hundred_uploads_leave_nothing_behind(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path), "GRADIO_TEMP_DIR": str(tmp_path)}
    photos = [photo((1600, 1200), seed) for seed in range(5)]
    with serving([sys.executable, "-m", "space", "--port", "PORT"], ROOT, environment) as app:
        for number in range(MAX_SESSIONS):
            assert "event: complete" in upload(app, photos[number % 5])
        before = memory(app.pid)
        for number in range(UPLOADS):
            assert "event: complete" in upload(app, photos[number % 5])
        after = memory(app.pid)
    assert after - before < LEFT_BYTES


def test_photos_of_forty_megapixels_leave_nothing_behind(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path), "GRADIO_TEMP_DIR": str(tmp_path)}
    small, large = photo((300, 200), 0), [photo(SIZE, seed) for seed in (1, 2)]
    with serving([sys.executable, "-m", "space", "--port", "PORT"], ROOT, environment) as app:
        for _ in range(3):
            assert "event: complete" in ask(app, small)
        before = memory(app.pid)
        for content in large:
            assert "event: complete" in ask(app, content)
        assert "event: complete" in ask(app, small)
        after = memory(app.pid)
    assert after - before < SPARE_BYTES  # which a decoder may keep for its next picture
