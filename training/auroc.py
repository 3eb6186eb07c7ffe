"""Areas under the ROC curve for several classes, over all films and within one source."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

DRAWS = 1000


def auroc(is_positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Chance that a positive has the higher score, ties counted half (Hanley and McNeil 1982).

    Counted here, since scikit-learn's and scipy's checks take ten times as long and the bootstrap asks thousands of
    times. NaN where a score is NaN. Raises ValueError where one of the two is missing.
    """
    positives, negatives = scores[is_positive], np.sort(scores[~is_positive])
    n_pairs = len(positives) * len(negatives)
    if not n_pairs:
        raise ValueError(
            f"There are {len(positives)} positives and {len(negatives)} negatives. At least one of each is needed."
        )
    if np.isnan(scores).any():
        return float("nan")
    above = negatives.searchsorted(positives, "left").sum() + negatives.searchsorted(positives, "right").sum()
    return float(above / 2 / n_pairs)


def class_auroc(probabilities: Rows, labels: NDArray[np.int64], k: int) -> float:
    """Class `k` against all others; `probabilities` (N, K)."""
    return auroc(labels == k, probabilities[:, k])


def macro_auroc(probabilities: Rows, labels: NDArray[np.int64]) -> float:
    """The mean over all classes, each against all others. Raises ValueError where one does not occur."""
    return float(np.mean([class_auroc(probabilities, labels, k) for k in range(probabilities.shape[1])]))


def pair_auroc(probabilities: Rows, labels: NDArray[np.int64], negative: int, positive: int) -> float:
    """`positive` against `negative` among the films of these two, by the ratio of their probabilities."""
    chosen = np.isin(labels, (negative, positive))
    two = np.log(probabilities[chosen][:, [negative, positive]] + 1e-12)
    return auroc(labels[chosen] == positive, two[:, 1] - two[:, 0])


def patient_interval(
    figure: Callable[[NDArray[np.int64]], float], patients: Sequence[str], seed: int = 0
) -> tuple[float, float]:
    """95 % interval of `figure(indices)` by the bootstrap over patients (Efron 1979): films of one are not independent.

    Draws in which the figure is not defined (a class is missing) are left out.
    """
    values = []
    for indices in _draws(tuple(patients), seed):
        try:
            values.append(figure(indices))
        except ValueError:
            continue
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return float(low), float(high)


def with_patient_interval(
    figure: Callable[[Rows, NDArray[np.int64]], float],
    probabilities: Rows,
    labels: NDArray[np.int64],
    patients: Sequence[str],
) -> dict[str, Any]:
    """`figure(probabilities, labels)` of films with these `patients`, as results are stored: value, `interval`, n."""
    low, high = patient_interval(lambda indices: figure(probabilities[indices], labels[indices]), patients)
    value = figure(probabilities, labels)
    return {"value": round(value, 4), "interval": [round(low, 4), round(high, 4)], "n": len(labels)}


@lru_cache(maxsize=1)  # every figure of one set of films is asked for in turn
def _draws(patients: tuple[str, ...], seed: int) -> list[NDArray[np.int64]]:
    """The films of as many patients as there are, drawn with replacement, DRAWS times."""
    names, group = np.unique(np.asarray(patients), return_inverse=True)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    generator = np.random.default_rng(seed)
    drawn = (generator.integers(0, len(names), len(names)) for _ in range(DRAWS))
    return [np.concatenate([members[i] for i in patients_drawn]) for patients_drawn in drawn]
