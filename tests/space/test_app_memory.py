"""What large photos took of the app's memory is given back."""

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

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
SIZE = (8000, 5000)
WAIT_S = 120


def photo(size, seed):
    """A JPEG of smooth colours."""
    stream = io.BytesIO()
    colours = np.random.default_rng(seed).integers(0, 256, (50, 80, 3), dtype=np.uint8)
    Image.fromarray(colours).resize(size).save(stream, "JPEG", quality=60)
    return stream.getvalue()


def ask(address, content):
    """The event stream that the app answers to a photo."""
    call = f"{address}/gradio_api/call/flowers"
    body = json.dumps({"data": [data_address(content, "image/jpeg")]}).encode()
    request = urllib.request.Request(call, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=WAIT_S) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{call}/{event}", timeout=WAIT_S) as stream:
        return stream.read().decode()


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
