"""Figures by source, view and age, on answers made by hand."""

import numpy as np
import pytest
from made_films import films_of

from evidence.chest_xray_groups import groups_table
from evidence.groups import evidence, macro
from evidence.outputs import Outputs
from evidence.within_sources import Facts, of_every_source
from training.data.chest_xray import Film, Films


def films(labels, sources, views, ages):
    made = films_of(labels, [str(index) for index in range(len(labels))])
    known = [Film(str(index), *facts) for index, facts in enumerate(zip(sources, ages, views, strict=True))]
    return Films(made.photos, tuple(known))


def outputs(labels, wrong):
    """The true class at 0.7, and another one for the films `wrong`."""
    probabilities = np.full((len(labels), 3), 0.15)
    for index, label in enumerate(labels):
        probabilities[index, (label + 1) % 3 if index in wrong else label] = 0.7
    return Outputs(probabilities, np.zeros(len(labels)), np.zeros((len(labels), 3, 1, 1), dtype=np.float32))


def test_each_group_has_the_figures_of_its_own_films(tiny):
    labels = [0, 1] * 30 + [0, 2] * 30
    made = films(
        labels, ["nih"] * 60 + ["siim"] * 60, ["PA", "PA", "AP", "AP"] * 15 + ["unknown"] * 60, ["adult"] * 120
    )
    rows = {(row["by"], row["name"]): row for row in evidence(tiny, outputs(labels, {1, 3, 5}), made)}
    assert set(rows) == {("source", "nih"), ("source", "siim"), ("view", "PA"), ("view", "AP"), ("view", "unknown")}
    nih, siim = rows["source", "nih"], rows["source", "siim"]
    assert (nih["n"], nih["classes"]) == (60, {"normal": 30, "pneumonia": 30, "covid19": 0})
    assert nih["accuracy"]["value"] == pytest.approx(57 / 60, abs=1e-4)
    assert nih["recall"]["pneumonia"]["value"] == pytest.approx(0.9)
    assert set(nih["recall"]) == {"normal", "pneumonia"}
    assert siim["accuracy"]["value"] == siim["macro_auroc"]["value"] == siim["recall"]["covid19"]["value"] == 1.0
    assert nih["answered"]["value"] == 1.0
    assert rows["view", "PA"]["n"] == 30
    assert "| view not given | 60 | 30 | 0 | 30 |" in groups_table(list(rows.values()))


def test_a_group_of_few_patients_is_left_out(tiny):
    labels = [0, 1] * 30
    made = films(labels, ["nih"] * 50 + ["rsna"] * 10, ["PA"] * 60, ["child"] * 41 + ["adult_or_mixed"] * 19)
    rows = evidence(tiny, outputs(labels, set()), made)
    assert [(row["by"], row["name"], row["n"]) for row in rows] == [("source", "nih", 50), ("age", "child", 41)]


def test_a_macro_auc_counts_the_classes_with_enough_patients():
    labels = np.array([0] * 20 + [1] * 20 + [2] * 4)
    patients = [str(index) for index in range(44)]
    probabilities = outputs(labels.tolist(), set()).probabilities
    probabilities[-4:] = [0.2, 0.1, 0.7], [0.2, 0.1, 0.7], [0.7, 0.1, 0.2], [0.7, 0.1, 0.2]
    found = macro(probabilities, labels, patients)
    of_normal = 1 - 2 / 24 / 2  # two of the films of other classes tie with the normal ones
    assert found["value"] == pytest.approx((of_normal + 1) / 2, abs=1e-4)
    assert macro(probabilities, np.zeros(44, dtype=int), patients) is None


def test_pairs_within_every_source_need_patients_of_both_classes():
    labels = [1, 2] * 20 + [0] * 20
    made = films(labels, ["cohen"] * 40 + ["shenzhen"] * 20, ["unknown"] * 60, ["unknown"] * 60)
    rows = of_every_source(outputs(labels, {0}).probabilities, np.array(labels), Facts.of(made))
    assert [(row["source"], row["negative"], row["positive"], row["auroc"]["n"]) for row in rows] == [
        ("cohen", "pneumonia", "covid19", 40)
    ]
