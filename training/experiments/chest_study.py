"""One variant judged: each source left out in turn, and within sources by folds of patients.

The films that are judged, and their labels, are the same for every variant: only what trains differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.auroc import pair_auroc, with_patient_interval
from training.data.chest_xray import CLASSES, Films, grouped_folds
from training.data.chest_xray_folds import left_out, one_side
from training.data.chest_xray_sources import blocks
from training.experiments.chest_variants import NO_LABEL, Variant, truth
from training.frozen_features import fitted
from training.unread_films import shows_its_label
from training.within_sources import WITHIN

Features = NDArray[np.float32]
Probabilities = NDArray[np.float64]
FOLDS = 5
NIH = ("nih", "rsna")  # all of RSNA's films are NIH's


@dataclass(frozen=True)
class Study:
    """`features` (N, d) of the films at the cuts of the variant."""

    films: Films
    features: Features
    variant: Variant

    def probabilities(self, train: Sequence[int], judged: Sequence[int]) -> Probabilities:
        """(M, K) for the films `judged`, by logistic regression on `train`; 0 for a class that nothing trained."""
        labels = self.variant.labels(self.films)[list(train)]
        chosen = np.asarray(train, dtype=np.intp)[labels != NO_LABEL]
        result = np.zeros((len(judged), len(CLASSES)))
        if len(chosen) == 0:
            return result
        labels = labels[labels != NO_LABEL]
        if self.variant.unread == "clean":
            films = self.films.take(chosen.tolist())
            unread = np.array(films.is_unread)
            stays = shows_its_label(self.features[chosen], labels, unread, films.patients, fitted)
            chosen, labels = chosen[stays], labels[stays]
        films = self.films.take(chosen.tolist())
        weights = self.variant.weights(films.relabelled(labels))
        classifier = fitted(self.features[chosen], labels, weights)
        result[:, classifier.classes_] = classifier.predict_proba(self.features[list(judged)])
        return result


def judged_left_out(study: Study) -> list[dict[str, Any]]:
    """For every block of sources and each pair of classes that it holds, the AUC of a classifier that saw none of it.

    NIH with RSNA is one more block: a hospital of which nothing was seen.
    """
    films, labels = study.films, truth(study.films)
    rows: list[dict[str, Any]] = []
    every = blocks(films.sources)
    for block in [*every, *([NIH] if set(NIH) <= set(films.sources) else [])]:
        train, held = left_out(films, block)
        held = [index for index in held if labels[index] != NO_LABEL]
        present = sorted(set(labels[held].tolist()))
        if len(present) < 2:
            continue
        probabilities = study.probabilities(train, held)
        for negative, positive in combinations(present, 2):
            pair = (negative, positive)
            inside = np.flatnonzero(np.isin(labels[held], pair))
            row = {"sources": " and ".join(block), "negative": CLASSES[negative], "positive": CLASSES[positive]}
            patients = [films.patients[held[index]] for index in inside]
            rows.append(row | {"auroc": _auroc(probabilities[inside], labels[held][inside], pair, patients)})
    return rows


def judged_within(study: Study, seed: int) -> list[dict[str, Any]]:
    """Each of WITHIN, by the answers of five classifiers, each on the films of patients that it did not see."""
    labels = truth(study.films)
    usable = study.films.indices(sources=sorted(set(one_side(study.films).sources)))
    tested = [index for index in usable if labels[index] != NO_LABEL]
    some = study.films.take(tested)
    probabilities = np.zeros((len(tested), len(CLASSES)))
    for _, held in grouped_folds(some, FOLDS, seed):
        theirs = {some.patients[index] for index in held}
        train = [index for index in usable if study.films.patients[index] not in theirs]
        probabilities[held] = study.probabilities(train, [tested[index] for index in held])
    rows = []
    for within in WITHIN:
        inside = within.members(labels[tested], some.sources, some.views)
        if len(inside):
            patients = [some.patients[index] for index in inside]
            found = _auroc(probabilities[inside], labels[tested][inside], within.pair, patients)
            rows.append({"films": within.title, "seed": seed, "auroc": found})
    return rows


def _auroc(
    probabilities: Probabilities, labels: NDArray[np.int64], pair: tuple[int, int], patients: Sequence[str]
) -> dict[str, Any] | None:
    """With its 95 % interval over patients; None where nothing trained one of the two classes."""
    if not probabilities[:, list(pair)].any(axis=0).all():
        return None
    return with_patient_interval(lambda rows, truths: pair_auroc(rows, truths, *pair), probabilities, labels, patients)
