"""Films that a test or a report calls diseased and that no radiologist read: which of them show the disease.

By confident learning (Northcutt et al. 2021, section 3.1): a film keeps its label where a classifier that was fitted on
films that were read gives the label at least the probability that it gives, on average and out of fold, to read films
of that class.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

Features = NDArray[np.float32]
FOLDS = 3


def shows_its_label(
    features: Features,
    labels: NDArray[np.int64],
    is_unread: NDArray[np.bool_],
    patients: Sequence[str],
    fit: Callable[[Features, NDArray[np.int64]], Any],
) -> NDArray[np.bool_]:
    """Whether each film stays, (N,): all that were read, and the unread ones that pass.

    `fit` gives a classifier with `predict_proba` and `classes_`. An unread film of a class of which none was read goes.
    """
    read = np.flatnonzero(~is_unread)
    if not is_unread.any():
        return ~is_unread
    own = np.zeros(len(read))
    for train, held in GroupKFold(FOLDS).split(read, groups=np.asarray(patients)[read]):
        own[held] = _own(fit(features[read[train]], labels[read[train]]), features[read[held]], labels[read[held]])
    probability = _own(fit(features[read], labels[read]), features, labels)
    stays = ~is_unread
    for label in set(labels[is_unread].tolist()):
        of_class = labels[read] == label
        if of_class.any():
            stays |= is_unread & (labels == label) & (probability >= own[of_class].mean())
    return stays


def _own(classifier: Any, features: Features, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The probability of each film's own label; 0 for a class that was not fitted."""
    column = {label: place for place, label in enumerate(classifier.classes_.tolist())}
    probabilities = classifier.predict_proba(features)
    return np.array(
        [probabilities[row, column[label]] if label in column else 0.0 for row, label in enumerate(labels.tolist())]
    )
