"""Shares and changes with their intervals, on answers made by hand."""

import numpy as np
import pytest
from made_films import films_of

from evidence.outside import told_apart
from evidence.performance import OVERALL, PAIR, each, share_of
from evidence.without_measures import compared
from training.auroc import patient_interval


def answers(labels, wrong, confidence):
    """Probabilities (N, 3) with the label's class at `confidence`, but for every `wrong`-th film."""
    rows = np.full((len(labels), 3), (1 - confidence) / 2)
    for index, label in enumerate(labels):
        rows[index, (label + 1) % 3 if index % wrong == 0 else label] = confidence
    return rows


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


def test_a_change_is_paired_by_film():
    labels = [index % 3 for index in range(300)]
    films = films_of(labels, [str(index) for index in range(300)])
    before, after = answers(labels, 5, 0.8), answers(labels, 10, 0.8)
    found = compared(before, after, films, OVERALL)
    assert found["n"] == 300
    assert found["accuracy"]["value"] == pytest.approx(0.8)
    assert found["change"]["accuracy"]["value"] == pytest.approx(0.1)
    low, high = found["change"]["accuracy"]["interval"]
    assert 0.06 < low < 0.1 < high < 0.14  # one in ten films changed: 0.1 +- 1.96 * 0.0173
    nothing = compared(before, before, films, OVERALL)
    assert all(change["interval"] == [0, 0] for change in nothing["change"].values())


def test_within_a_source_the_pair_has_its_recall():
    labels = [0, 1] * 50
    found = compared(answers(labels, 4, 0.7), answers(labels, 101, 0.7), films_of(labels, map(str, range(100))), PAIR)
    assert found["pneumonia recall"]["value"] == 1.0  # every fourth film is a normal one
    assert found["change"]["pneumonia recall"]["value"] == 0
    assert found["change"]["accuracy"]["value"] == pytest.approx(0.24)


def test_scores_without_overlap_have_no_interval():
    inside, patients = np.linspace(0, 0.9, 50), tuple(map(str, range(50)))
    others = [f"image {index}" for index in range(50)]
    assert told_apart(inside, patients, inside + 1, others) == {"value": 1.0, "interval": None, "n": 100}
    low, high = told_apart(inside, patients, inside + 0.5, others)["interval"]
    assert low < high
