"""What a large film took is given back, and what every film needs is kept."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from endpoint import running
from PIL import Image

from k8s.server import memory as memory_module
from k8s.server.memory import SPARE_BYTES, FreedMemory, resident_bytes

MEGABYTES = 1e6


def film(side):
    """A PNG of `side` x `side` grey pixels."""
    stream = io.BytesIO()
    rows = np.tile((np.arange(side) % 251).astype(np.uint8), (side, 1))
    Image.fromarray(rows).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


@pytest.fixture(scope="module")
def large():
    return film(4400)  # 19 megapixels


def test_films_of_nineteen_megapixels_leave_nothing_behind(tmp_path, large):
    with running(tmp_path, auth="none", rate_per_minute=100_000) as server:
        for _ in range(10):
            server.read_film()
        before = server.metric("process_resident_memory_bytes")
        with ThreadPoolExecutor(3) as pool:
            statuses = list(pool.map(lambda _: server.read_film(large, "image/png").status_code, range(9)))
        assert statuses == [200] * 9
        for _ in range(3):
            assert server.read_film().status_code == 200
        after = server.metric("process_resident_memory_bytes")
    assert (after - before) / MEGABYTES < SPARE_BYTES / MEGABYTES + 30


def test_memory_is_given_back_where_much_more_is_held_and_only_there(monkeypatch):
    held, trims = [100 * MEGABYTES], []
    monkeypatch.setattr(memory_module, "resident_bytes", lambda: held[0])
    memory = FreedMemory()

    def trim(_pad):
        trims.append(held[0])
        held[0] = 120 * MEGABYTES

    memory._trim = trim
    for size in (100, 160, 100):
        held[0] = size * MEGABYTES
        memory.give_back()
    assert trims == []
    held[0] = 170 * MEGABYTES
    memory.give_back()
    assert trims == [170 * MEGABYTES]
    memory.give_back()  # what is needed now is 120 MB
    held[0] = 180 * MEGABYTES
    memory.give_back()
    assert len(trims) == 1


def test_the_resident_memory_is_the_systems_figure():
    before = resident_bytes()
    block = np.ones(50_000_000, np.uint8)
    assert 40_000_000 < resident_bytes() - before < 70_000_000
    del block
