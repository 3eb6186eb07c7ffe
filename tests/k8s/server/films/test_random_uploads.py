"""Random and mutated films: each gets an answer or a refusal, and the server's memory stays in its bound.

XRAY_TEST_UPLOADS=10000 sends as many; the suite sends fewer.
"""

import asyncio
import gc
import os
import time
import weakref
from collections import Counter
from pathlib import Path
from statistics import median

import pytest
from endpoint import running, wait_until
from mutants import mutants, small_films

from fovea.decoding.child import SPARE_BYTES
from k8s.server.films.work_queue import WorkQueue

UPLOADS = int(os.environ.get("XRAY_TEST_UPLOADS", "1000"))
SEED = 20


@pytest.fixture(scope="module")
def quiet_endpoint(tmp_path_factory):
    """A server that nobody else asks, so that its memory is due to these uploads alone."""
    with running(tmp_path_factory.mktemp("uploads"), auth="none", rate_per_minute=10**7, rate_burst=10**6) as server:
        yield server


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def send(endpoint, body, content_type):
    return endpoint.read_film(body, content_type.encode("latin-1"))


def test_the_films_that_are_mutated_are_films(quiet_endpoint):
    statuses = [send(quiet_endpoint, *film).status_code for film in small_films()]
    assert statuses == [200] * 11


@pytest.mark.timeout(3600)
def test_random_and_mutated_uploads_get_answers_or_refusals_and_memory_stays_in_its_bound(quiet_endpoint):
    before = quiet_endpoint.read_film().json()["probabilities"]
    statuses, problems, memory = Counter(), Counter(), []
    for number, upload in enumerate(mutants(UPLOADS, SEED)):
        response = send(quiet_endpoint, *upload)
        statuses[response.status_code] += 1
        if response.status_code != 200:
            assert response.headers["content-type"] == "application/problem+json"
            problems[response.json()["type"].removeprefix("/problems/")] += 1
        if number % (UPLOADS // 30) == 0:
            memory.append(resident_bytes(quiet_endpoint.process.pid))
    at_end = median(memory[-5:])  # one sample may hold a film of 64 MB
    print(f"\n{UPLOADS} uploads: {dict(statuses)}, {dict(problems)}")
    print("resident MB: " + " ".join(f"{size / 1e6:.0f}" for size in memory))
    assert set(statuses) == {200, 400, 413, 415, 422}
    assert at_end < memory[0] + SPARE_BYTES
    assert not [line for line in quiet_endpoint.log if line["event"] == "internal error"]
    assert quiet_endpoint.read_film().json()["probabilities"] == before


class Film:
    """What a job holds."""


@pytest.mark.parametrize("is_read", [True, False])
def test_a_worker_without_work_holds_on_to_no_film(is_read):
    async def ask(queue):
        film = Film()

        def read(_job, film=film):
            if not is_read:
                raise ValueError(film)

        await asyncio.gather(queue.submit(read, time.monotonic() + 60).future, return_exceptions=True)
        return weakref.ref(film)

    queue = WorkQueue(1, 1)
    held = asyncio.run(ask(queue))

    def is_let_go():
        gc.collect()
        return held() is None

    wait_until(is_let_go)  # once the worker waits again
    queue.close()
