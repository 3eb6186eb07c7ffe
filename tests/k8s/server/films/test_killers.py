"""A client whose films crash, freeze and fill a codec, beside honest ones; `python -m benchmarks.chaos` is longer."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from endpoint import PHANTOM, ROOT, running

from benchmarks.chaos.__main__ import chaos
from benchmarks.chaos.fragile_endpoint import NAME
from fovea import load

pytestmark = pytest.mark.alone

FRAGILE = ("-m", NAME)


@pytest.fixture(scope="module")
def fragile(tmp_path_factory):
    with running(tmp_path_factory.mktemp("fragile"), program=FRAGILE, decode_seconds=4) as server:
        yield server


@pytest.mark.parametrize(
    ("deed", "status", "kind", "sentence"),
    [
        (b"crash", 422, "unreadable-film", "The image cannot be decoded: its decoder crashed on it."),
        (b"hold the lock", 504, "deadline-exceeded", "The film was not decoded within 4 seconds."),
        (b"take memory", 413, "too-large", "Decoding the image takes too much memory."),
    ],
)
def test_what_a_film_does_to_its_codec_is_told_to_its_sender(fragile, deed, status, kind, sentence):
    response = fragile.read_film(deed)
    problem = response.json()
    assert (response.status_code, problem["type"], problem["detail"]) == (status, f"/problems/{kind}", sentence)
    assert fragile.read_film().status_code == 200


def test_both_ports_answer_while_films_hold_every_decoder(fragile):
    workers = int(fragile.metric("xray_workers"))
    with ThreadPoolExecutor(workers) as pool, httpx.Client(timeout=1, trust_env=False) as client:
        held = [pool.submit(fragile.read_film, b"hold the lock") for _ in range(workers)]
        answered = 0
        while not all(each.done() for each in held):
            assert client.get(f"{fragile.ops_url}/health/live").status_code == 200
            assert client.get(f"{fragile.url}/v2/health/live").status_code == 200
            answered += 1
    assert answered > 5
    assert {each.result().status_code for each in held} == {504}


def test_honest_clients_lose_nothing_beside_one_that_kills():
    right = load(ROOT / "models" / "chest_xray.onnx", threads=1).predict(PHANTOM).probabilities.tolist()
    row = chaos(0.25, 3, PHANTOM, right)
    assert row["lives"]
    assert row["honest_lost"] == 0
    assert row["honest"]["200"] > 5
    assert set(row["killer"]) <= {"413", "422", "504"}
    assert row["decoders_lost"]["crashed"] > 0
    assert row["internal_errors"] == 0
    assert row["audit"]["broken"] is None
