"""Shares and errors with their intervals, on answers made by hand."""

import numpy as np
import pytest

from evidence.outside import told_apart
from evidence.performance import OVERALL, each, share_of
from training.auroc import patient_interval


def test_films_of_one_patient_make_a_share_less_sure():
    flags = np.arange(400) % 4 > 0
    own = share_of(flags, [str(index) for index in range(400)])
    grouped = share_of(np.repeat(flags[:40], 10), [str(index // 10) for index in range(400)])
    assert (own["value"], own["n"]) == (0.75, 400)
    assert grouped["value"] == 0.75
    widths = [low_high["interval"][1] - low_high["interval"][0] for low_high in (own, grouped)]
    assert widths[1] > 2.5 * widths[0]  # ten films of a patient say what one says


def test_a_share_among_no_film_is_none():
    flags, patients = np.ones(4, dtype=bool), ["a", "b", "c", "d"]
    assert share_of(flags, patients, among=~flags) is None
    some = share_of(np.array([True, False, True, True]), patients, among=np.array([True, True, False, False]))
    assert (some["value"], some["n"]) == (0.5, 2)


@pytest.mark.parametrize(("flag", "interval"), [(False, [0, 0.1611]), (True, [0.8389, 1])])
def test_a_share_of_none_or_all_has_wilsons_interval_for_as_many_patients(flag, interval):
    found = share_of(np.full(400, flag), [str(index // 20) for index in range(400)])
    assert (found["value"], found["interval"], found["n"]) == (float(flag), pytest.approx(interval, abs=1e-4), 400)


def test_the_interval_of_a_calibration_error_does_not_add_what_draws_add():
    generator = np.random.default_rng(0)
    confidence = generator.uniform(0.4, 1, 1500)
    probabilities = np.stack([confidence, 1 - confidence, np.zeros(1500)], axis=1)
    labels = (generator.uniform(size=1500) > confidence).astype(int)  # calibrated as well as can be
    patients = [str(index) for index in range(1500)]
    ece = OVERALL["ece"]
    found = each({"ece": ece}, lambda measure, i: measure(probabilities[i], labels[i]), patients, 1500)["ece"]
    drawn = patient_interval(lambda i: ece(probabilities[i], labels[i]), patients)
    mirrored = [max(0, 2 * found["value"] - drawn[1]), 2 * found["value"] - drawn[0]]
    assert found["interval"] == pytest.approx(mirrored, abs=3e-4)
    assert found["interval"][1] < drawn[1]


def test_scores_without_overlap_have_no_interval():
    inside, patients = np.linspace(0, 0.9, 50), tuple(map(str, range(50)))
    others = [f"image {index}" for index in range(50)]
    assert told_apart(inside, patients, inside + 1, others) == {"value": 1.0, "interval": None, "n": 100}
    low, high = told_apart(inside, patients, inside + 0.5, others)["interval"]
    assert low < high
