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
    """`accuracy` is the classifier's on `n` photos that it did not see; `doubts` the largest first."""

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
    probabilities = held_out_probabilities(features, labels, groups)
    rows = np.arange(len(labels))
    given = probabilities[rows, labels]
    usual = np.array([given[labels == label].mean() for label in range(probabilities.shape[1])])
    confident = np.where(probabilities >= usual, probabilities, 0)
    is_suspected = (confident.max(axis=1) > 0) & (confident.argmax(axis=1) != labels)
    likely = probabilities.argmax(axis=1)
    margins = given - probabilities[rows, likely]
    doubted = [int(index) for index in np.argsort(margins, kind="stable") if likely[index] != labels[index]]
    return LabelDoubts(
        n=len(labels),
        accuracy=float((likely == labels).mean()),
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


def held_out_probabilities(
    features: NDArray[np.float32], labels: NDArray[np.int64], groups: Sequence[str]
) -> NDArray[np.float64]:
    """(N, K), of each photo by a classifier that saw none of its group."""
    count = min(FOLDS, len(set(groups)))
    probabilities = np.zeros((len(labels), int(labels.max()) + 1))
    for train, held_out in GroupKFold(count, shuffle=True, random_state=0).split(features, labels, groups):
        classifier = fitted(features[train], labels[train])
        probabilities[np.ix_(held_out, classifier.classes_)] = classifier.predict_proba(features[held_out])
    return probabilities
