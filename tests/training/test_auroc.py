"""Areas under the curve against scikit-learn's, and intervals over patients."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.auroc import auroc, macro_auroc, pair_auroc, patient_interval


def drawn(n=300, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n)
    logits = generator.normal(size=(n, 3)) + 1.5 * np.eye(3)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return probabilities.round(2), labels  # rounded, so that there are ties


def test_the_areas_are_scikit_learns():
    probabilities, labels = drawn()
    for k in range(3):
        expected = roc_auc_score(labels == k, probabilities[:, k])
        assert auroc(labels == k, probabilities[:, k]) == pytest.approx(expected, abs=1e-12)
    each = [roc_auc_score(labels == k, probabilities[:, k]) for k in range(3)]
    assert macro_auroc(probabilities, labels) == pytest.approx(np.mean(each), abs=1e-12)


def test_a_pair_is_judged_by_its_two_probabilities_alone():
    probabilities, labels = drawn()
    changed = probabilities.copy()
    changed[labels == 2] = [0, 1, 0]
    assert pair_auroc(changed, labels, 0, 1) == pair_auroc(probabilities, labels, 0, 1)
    assert pair_auroc(probabilities, labels, 0, 1) > 0.8


def test_one_class_alone_has_no_area():
    with pytest.raises(ValueError, match="0 positives and 3 negatives"):
        auroc(np.zeros(3, dtype=bool), np.arange(3.0))


def test_a_network_that_diverged_has_no_area():
    assert np.isnan(auroc(np.array([True, False, False]), np.array([0.5, np.nan, 0.1])))


def test_films_of_one_patient_widen_the_interval():
    right = (np.arange(200) % 4 != 0).astype(float)
    own = patient_interval(lambda i: float(right[i].mean()), [str(i) for i in range(200)])
    shared = patient_interval(lambda i: float(right[i].mean()), [str(i % 4) for i in range(200)])
    assert own[0] < 0.75 < own[1]
    assert own[1] - own[0] < 0.13
    assert shared[1] - shared[0] > 3 * (own[1] - own[0])
