"""Areas under the ROC curve for several classes, over all films and within one source."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Rows = NDArray[np.float64]

DRAWS = 1000


def auroc(is_positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Chance that a positive has the higher score, ties counted half (Hanley and McNeil 1982).

    By ranks, since scikit-learn's checks take ten times as long as the sum and the bootstrap asks thousands of times.
    Raises ValueError where one of the two is missing.
    """
    positives = int(is_positive.sum())
    negatives = len(is_positive) - positives
    if not positives or not negatives:
        raise ValueError(f"There are {positives} positives and {negatives} negatives. At least one of each is needed.")
    above = rankdata(scores)[is_positive].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


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
    names, group = np.unique(np.asarray(patients), return_inverse=True)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(DRAWS):
        drawn = generator.integers(0, len(names), len(names))
        try:
            values.append(figure(np.concatenate([members[i] for i in drawn])))
        except ValueError:
            continue
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return float(low), float(high)
