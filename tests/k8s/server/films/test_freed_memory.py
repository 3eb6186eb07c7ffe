"""What a large film took is given back, by the process that decoded it and by the server."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from endpoint import running
from PIL import Image
from process_memory import members, memory

from fovea.decoding.child import SPARE_BYTES

pytestmark = pytest.mark.alone

SIDE = 4400  # 19 megapixels


def film():
    """A PNG of grey pixels."""
    stream = io.BytesIO()
    rows = np.tile((np.arange(SIDE) % 251).astype(np.uint8), (SIDE, 1))
    Image.fromarray(rows).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def test_films_of_nineteen_megapixels_leave_nothing_behind(tmp_path):
    large = film()
    with running(tmp_path, auth="none", rate_per_minute=100_000) as server:
        for _ in range(10):
            server.read_film()
        assert len(members(server.process.pid)) > 2
        before = memory(server.process.pid)
        for _ in range(2):  # what is allowed must not grow with what the last ones took
            with ThreadPoolExecutor(3) as pool:
                statuses = list(pool.map(lambda _: server.read_film(large, "image/png").status_code, range(9)))
            assert statuses == [200] * 9
        server.read_film()
        after = memory(server.process.pid)
    assert after - before < SPARE_BYTES
