"""What a large film took is given back, and what every film needs is kept."""

import io
import mmap
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from endpoint import running
from PIL import Image

from k8s.server.films import freed_memory as memory_module
from k8s.server.films.freed_memory import PAUSE_S, SPARE_BYTES, FreedMemory, resident_bytes

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
        for _ in range(2):  # what is allowed must not grow with what the last ones took
            with ThreadPoolExecutor(3) as pool:
                statuses = list(pool.map(lambda _: server.read_film(large, "image/png").status_code, range(9)))
            assert statuses == [200] * 9
        time.sleep(PAUSE_S + 1)
        after = server.metric("process_resident_memory_bytes")
    assert (after - before) / MEGABYTES < SPARE_BYTES / MEGABYTES


@pytest.fixture
def process(monkeypatch):
    """FreedMemory in a process that held 100 MB at the start, with a clock and a `malloc_trim` of its own."""
    process = SimpleNamespace(held=100 * MEGABYTES, now=1000.0, trims=[], timers=[])
    monkeypatch.setattr(memory_module, "resident_bytes", lambda: process.held)
    monkeypatch.setattr(memory_module.time, "monotonic", lambda: process.now)
    process.memory = FreedMemory()
    process.memory._trim = lambda _pad: process.trims.append(process.now)
    process.memory._later = process.timers.append
    return process


def test_memory_is_given_back_where_much_more_is_held_and_only_there(process):
    for process.held in (100 * MEGABYTES, 160 * MEGABYTES, 100 * MEGABYTES):
        process.memory.give_back()
    assert process.trims == []
    process.held = 170 * MEGABYTES
    process.memory.give_back()
    assert process.trims == [1000.0]


def test_memory_is_given_back_once_in_a_pause_and_what_was_put_off_comes_after_it(process):
    process.held = 900 * MEGABYTES
    process.memory.give_back()
    process.now += 1
    process.memory.give_back()
    process.memory.give_back()
    assert process.trims == [1000.0]
    assert process.timers == [PAUSE_S - 1]
    process.now += PAUSE_S - 1
    process.memory._give_back_due()
    assert process.trims == [1000.0, 1000.0 + PAUSE_S]


def test_the_resident_memory_is_the_systems_figure():
    with mmap.mmap(-1, 50_000_000) as block:  # malloc could hand out memory that the process holds already
        before = resident_bytes()
        block.write(b"\1" * len(block))
        assert 40_000_000 < resident_bytes() - before < 70_000_000
