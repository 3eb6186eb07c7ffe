"""Figures within a source, and which unread films show the disease that they are called."""

import numpy as np
import pytest

from training.data.chest_xray import CLASSES
from training.frozen_features import fitted
from training.unread_films import shows_its_label
from training.within_sources import WITHIN, within_figures


def test_only_films_of_the_source_the_view_and_the_pair_count():
    labels = np.array([0, 1, 0, 1, 2, 0, 1])
    sources = ["rsna", "rsna", "rsna", "rsna", "rsna", "nih", "kermany"]
    views = ["PA", "PA", "AP", "AP", "PA", "PA", "unknown"]
    probabilities = np.array(
        [
            [0.8, 0.1, 0.1],
            [0.1, 0.8, 0.1],
            [0.2, 0.7, 0.1],
            [0.7, 0.2, 0.1],
            [0.3, 0.3, 0.4],
            [0.5, 0.5, 0],
            [0.5, 0.5, 0],
        ]
    )
    assert within_figures(probabilities, labels, sources, views) == {
        "rsna_auroc": 0.75,
        "rsna_pa_auroc": 1.0,
        "rsna_ap_auroc": 0.0,
    }
    assert {(within.negative, within.positive) for within in WITHIN} <= {("normal", "pneumonia"), ("normal", "covid19")}


def test_an_unread_film_stays_where_a_classifier_of_read_films_sees_its_label():
    generator = np.random.default_rng(0)
    normal, pneumonia = CLASSES.index("normal"), CLASSES.index("pneumonia")
    labels = np.array([normal] * 60 + [pneumonia] * 60 + [pneumonia] * 40)
    centres = np.array([-2.0] * 60 + [2.0] * 60 + [2.0] * 20 + [-2.0] * 20)  # the last twenty look normal
    features = (centres[:, None] + generator.normal(0, 0.5, (160, 8))).astype(np.float32)
    is_unread = np.arange(160) >= 120
    patients = [str(index // 2) for index in range(160)]
    stays = shows_its_label(features, labels, is_unread, patients, fitted)
    assert stays[:120].all()
    assert stays[120:140].sum() > 5
    assert not stays[140:].any()
    assert shows_its_label(features, labels, is_unread & False, patients, fitted).all()


@pytest.mark.parametrize("unread", [2])
def test_an_unread_class_of_which_none_was_read_goes(unread):
    features = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    labels = np.array([0, 1] * 15 + [unread] * 10)
    is_unread = np.arange(40) >= 30
    stays = shows_its_label(features, labels, is_unread, [str(n) for n in range(40)], fitted)
    assert stays.tolist() == [True] * 30 + [False] * 10
