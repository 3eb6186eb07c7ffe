"""Labels that may be wrong: photos whose own class a classifier of frozen features does not see, by cross-validation.

Confident learning (Northcutt et al. 2021): a photo is suspected where another class is as probable as that class is on
average for its own photos.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from training.frozen_features import fitted

FOLDS = 5


@dataclass(frozen=True)
class Doubt:
    """The photo at `index` is called `given`, and looks like `likely`; with their probabilities."""

    index: int
    given: int
    likely: int
    given_probability: float
    likely_probability: float
    is_suspected: bool


@dataclass(frozen=True)
class LabelDoubts:
    """`accuracy` is the classifier's on the `n` photos that it could judge unseen; `doubts` the largest first."""

    n: int
    accuracy: float
    doubts: tuple[Doubt, ...]

    def at(self, places: Sequence[int]) -> "LabelDoubts":
        """The same, where `places` are those of the photos in a larger set."""
        moved = tuple(replace(doubt, index=places[doubt.index]) for doubt in self.doubts)
        return replace(self, doubts=moved)

    @property
    def suspected(self) -> int:
        return sum(doubt.is_suspected for doubt in self.doubts)


def label_doubts(features: NDArray[np.float32], labels: NDArray[np.int64], groups: Sequence[str]) -> LabelDoubts:
    """Of every photo that a classifier holds for another class than it is called. `features` are (N, d)."""
    probabilities, is_judged = held_out_probabilities(features, labels, groups)
    rows = np.arange(len(labels))
    given = probabilities[rows, labels]
    usual = np.array([_mean(given[is_judged & (labels == label)]) for label in range(probabilities.shape[1])])
    confident = np.where(probabilities >= usual, probabilities, 0)
    is_suspected = is_judged & (confident.max(axis=1) > 0) & (confident.argmax(axis=1) != labels)
    likely = probabilities.argmax(axis=1)
    margins = given - probabilities[rows, likely]
    is_doubted = is_judged & (likely != labels)
    doubted = [int(index) for index in np.argsort(margins, kind="stable") if is_doubted[index]]
    return LabelDoubts(
        n=int(is_judged.sum()),
        accuracy=float((likely == labels)[is_judged].mean()) if is_judged.any() else 0.0,
        doubts=tuple(
            Doubt(
                index,
                int(labels[index]),
                int(likely[index]),
                float(given[index]),
                float(probabilities[index, likely[index]]),
                bool(is_suspected[index]),
            )
            for index in doubted
        ),
    )


def _mean(given: NDArray[np.float64]) -> float:
    """Of a class without a judged photo it is out of reach: nothing is known of how such photos look."""
    return float(given.mean()) if len(given) else np.inf


def held_out_probabilities(
    features: NDArray[np.float32], labels: NDArray[np.int64], groups: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(N, K), of each photo by a classifier that saw none of its group; and whether it saw its class, (N,)."""
    probabilities = np.zeros((len(labels), int(labels.max()) + 1))
    is_judged = np.zeros(len(labels), dtype=bool)
    count = min(FOLDS, len(set(groups)))
    if count < 2:
        return probabilities, is_judged
    for train, held_out in GroupKFold(count, shuffle=True, random_state=0).split(features, labels, groups):
        if len(set(labels[train].tolist())) < 2:  # the only group of the other class is held out
            continue
        classifier = fitted(features[train], labels[train])
        probabilities[np.ix_(held_out, classifier.classes_)] = classifier.predict_proba(features[held_out])
        is_judged[held_out] = np.isin(labels[held_out], classifier.classes_)
    return probabilities, is_judged
