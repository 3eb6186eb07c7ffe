"""Whether today's films are still like those that the model was checked on.

The population stability index compares shares p of the last films with shares q of the reference that the model file
carries: sum (p - q) ln(p / q). By convention under 0.1 is stable and over 0.25 is a shift.
"""

import math
import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

from fovea import Reference

CLASSES, OOD_SCORE = "classes", "ood_score"


def population_stability(counts: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """The index for `counts` (B,) of films per bin against `reference` shares (B,).

    Half a film is added to each bin, so that an empty one gives a large number and not an infinite one.
    """
    shares = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
    floor = 0.5 / counts.sum()
    expected = np.maximum(reference, floor)
    expected = expected / expected.sum()
    return float(((shares - expected) * np.log(shares / expected)).sum())


class DriftMonitor:
    """The last `window` films against the model's reference. Safe to call from several threads."""

    def __init__(self, reference: Reference, window: int) -> None:
        self._class_shares = np.asarray(reference.class_shares, np.float64)
        self._edges = np.asarray(reference.ood_score_edges, np.float64)
        self._score_shares = np.full(len(self._edges) + 1, 1 / (len(self._edges) + 1))
        self._films: deque[tuple[int, int]] = deque(maxlen=window)
        self._lock = threading.Lock()

    def add(self, predicted: int, ood_score: float) -> None:
        """One film: the index of its most probable class, and its score."""
        with self._lock:
            self._films.append((predicted, int(np.searchsorted(self._edges, ood_score))))

    @property
    def films(self) -> int:
        return len(self._films)

    def indices(self) -> dict[str, float]:
        """The index of the classes and of the score; NaN until the window is full."""
        with self._lock:
            films = np.array(self._films, np.int64).reshape(-1, 2)
        if len(films) < (self._films.maxlen or 0):
            return {CLASSES: math.nan, OOD_SCORE: math.nan}
        classes = np.bincount(films[:, 0], minlength=len(self._class_shares)).astype(np.float64)
        scores = np.bincount(films[:, 1], minlength=len(self._score_shares)).astype(np.float64)
        return {
            CLASSES: population_stability(classes, self._class_shares),
            OOD_SCORE: population_stability(scores, self._score_shares),
        }
