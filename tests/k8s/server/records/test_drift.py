"""The population stability index: its numbers, its window, and what it says of real films on the operations port."""

import io
import math

import numpy as np
import pytest
from endpoint import ROOT, running

from fovea import Reference, decode, load
from k8s.server.records.drift import CLASSES, OOD_SCORE, DriftMonitor, population_stability

WINDOW = 100
ALARM = 0.25

DECILES = tuple(np.linspace(0.1, 0.9, 9))


@pytest.fixture(scope="module")
def model():
    return load(ROOT / "models" / "chest_xray.onnx")


@pytest.mark.parametrize(
    ("counts", "reference", "expected"),
    [
        # half a film more in each bin: shares 0.7 and 0.3; 0.2 ln 1.4 - 0.2 ln 0.6
        ([3, 1], [0.5, 0.5], 0.16945957),
        # an empty bin counts half a film: shares 0.9 and 0.1; 0.4 ln 1.8 - 0.4 ln 0.2
        ([4, 0], [0.5, 0.5], 0.87888983),
        # a bin that the reference lacks counts half a film in it: 1/9 and 8/9 expected; 0.7888.. (ln 8.1 - ln 0.1125)
        ([4, 0], [0.0, 1.0], 3.37381),
        # the same shares, but for the half films: 50.5, 30.5 and 20.5 of 101.5; 1.216e-5 + 0.081e-5 + 1.932e-5
        ([50, 30, 20], [0.5, 0.3, 0.2], 3.229e-05),
    ],
)
def test_the_index_is_what_it_is_by_hand(counts, reference, expected):
    index = population_stability(np.array(counts, np.float64), np.array(reference))
    assert index == pytest.approx(expected, rel=1e-3)


def test_all_films_in_one_bin_give_a_large_and_finite_index():
    counts = np.zeros(10)
    counts[9] = 500
    assert 5 < population_stability(counts, np.full(10, 0.1)) < math.inf


def reference(shares=(0.5, 0.5)):
    return Reference(n=1000, class_shares=shares, ood_score_edges=DECILES)


def fill(monitor, films):
    for predicted, score in films:
        monitor.add(predicted, score)


def everyday(count):
    """Both classes in turn, the scores spread evenly over the ten bins."""
    return [(index % 2, (index % 10) / 10 + 0.05) for index in range(count)]


def test_there_is_no_index_until_the_window_is_full():
    monitor = DriftMonitor(reference(), 50)
    assert monitor.films == 0
    fill(monitor, everyday(50)[:49])
    assert monitor.films == 49
    assert all(math.isnan(index) for index in monitor.indices().values())
    fill(monitor, everyday(50)[49:])
    assert monitor.films == 50
    assert monitor.indices() == pytest.approx({CLASSES: 0, OOD_SCORE: 0}, abs=1e-9)


def test_only_the_last_films_count():
    monitor, fresh = DriftMonitor(reference(), 50), DriftMonitor(reference(), 50)
    fill(monitor, everyday(50))
    shifted = [(0, 0.95)] * 30
    fill(monitor, shifted)
    fill(fresh, everyday(50)[30:] + shifted)
    assert monitor.films == 50
    assert monitor.indices() == fresh.indices()
    # classes: 40 and 10 of 50 with half a film each, 40.5 and 10.5 of 51; 15/51 (ln 81/51 - ln 21/51)
    expected = 15 / 51 * (math.log(81 / 51) - math.log(21 / 51))
    assert monitor.indices()[CLASSES] == pytest.approx(expected)
    fill(monitor, everyday(50))
    assert monitor.indices()[CLASSES] == pytest.approx(0, abs=1e-9)


def test_classes_and_score_are_told_apart():
    one_class, far = DriftMonitor(reference(), 50), DriftMonitor(reference(), 50)
    fill(one_class, [(0, score) for _, score in everyday(50)])
    fill(far, [(predicted, 2.0) for predicted, _ in everyday(50)])
    assert one_class.indices()[CLASSES] > ALARM > 0.01 > one_class.indices()[OOD_SCORE]
    assert far.indices()[OOD_SCORE] > ALARM > 0.01 > far.indices()[CLASSES]


def test_the_shipped_model_carries_a_reference_of_its_validation_films(model):
    carried = model.spec.reference
    assert carried.n == 1631
    assert sum(carried.class_shares) == pytest.approx(1, abs=1e-5)
    assert list(carried.ood_score_edges) == sorted(carried.ood_score_edges)


@pytest.fixture(scope="module")
def films(films_dir):
    """Those that the shipped file was trained and judged on; skips where they are not on this machine."""
    from training.data.chest_xray import FilmChoice, chosen_films

    return chosen_films(films_dir, FilmChoice())


@pytest.fixture(scope="module")
def window(films, model):
    """Paths of 100 films of the test fold, in the mix of the validation fold."""
    from benchmarks.drift import Seen, drawn, mix_of
    from training.data.chest_xray import split_off_test

    rest, test = split_off_test(films)
    seen = Seen(np.zeros(len(test), np.int64), np.zeros(len(test), np.float32), tuple(test.cells))
    chosen = drawn(seen, mix_of(rest, model), WINDOW, np.random.default_rng(0))
    return [test.photos.paths[index] for index in chosen]


def test_everyday_films_raise_no_alarm_on_the_real_server_and_a_planted_shift_does(window, model, tmp_path):
    from benchmarks.drift import inverted

    def index(of):
        return server.metric(f'xray_drift_psi{{distribution="{of}"}}')

    with running(tmp_path, auth="none", drift_window=WINDOW, rate_per_minute=10**6, rate_burst=10**6) as server:
        monitor = DriftMonitor(model.spec.reference, WINDOW)
        for path in window:
            assert math.isnan(index(CLASSES))
            assert server.metric("xray_drift_window_films") == monitor.films
            answer = server.read_film(path.read_bytes(), "application/octet-stream").json()
            probabilities = list(answer["probabilities"].values())
            monitor.add(int(np.argmax(probabilities)), answer["ood_score"])
        everyday = {of: index(of) for of in (CLASSES, OOD_SCORE)}
        for path in window:
            file = io.BytesIO()
            inverted(decode(path.read_bytes(), 1)).save(file, "PNG", compress_level=1)
            assert server.read_film(file.getvalue(), "image/png").status_code == 200
        shifted = {of: index(of) for of in (CLASSES, OOD_SCORE)}
        assert server.metric("xray_drift_window_films") == WINDOW
    print(f"\neveryday {everyday}, shifted {shifted}")
    assert everyday == pytest.approx(monitor.indices(), abs=1e-6)
    assert max(everyday.values()) < ALARM
    assert shifted[OOD_SCORE] > ALARM


def test_films_of_children_alone_raise_the_alarm(films, model):
    from benchmarks.drift import look, some
    from training.data.chest_xray import split_off_test

    _, test = split_off_test(films)
    seen = look(model, some(test.where(sources=["kermany"]), WINDOW))
    monitor = DriftMonitor(model.spec.reference, WINDOW)
    fill(monitor, zip(seen.predicted.tolist(), seen.ood_score.tolist(), strict=True))
    assert max(monitor.indices().values()) > ALARM
