"""Figures within a source, where the source cannot give the answer away, and within one view of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.auroc import Rows, pair_auroc
from training.data.chest_xray import CLASSES


@dataclass(frozen=True)
class Within:
    """`positive` against `negative` among the films of `source`, of all views or of one."""

    key: str
    title: str
    source: str
    negative: str
    positive: str
    view: str | None = None

    def members(self, labels: NDArray[np.int64], sources: Sequence[str], views: Sequence[str]) -> NDArray[np.intp]:
        """Indices of its films, of the two classes alone; none where one of them is missing."""
        chosen = np.isin(labels, self.pair) & (np.asarray(sources) == self.source)
        if self.view is not None:
            chosen &= np.asarray(views) == self.view
        indices = np.flatnonzero(chosen)
        return indices if len(set(labels[indices].tolist())) > 1 else indices[:0]

    @property
    def pair(self) -> tuple[int, int]:
        """The numbers of both classes, negative first."""
        return CLASSES.index(self.negative), CLASSES.index(self.positive)

    def auroc(self, probabilities: Rows, labels: NDArray[np.int64]) -> float:
        """Of films that are all members; raises ValueError where one class is missing."""
        return pair_auroc(probabilities, labels, *self.pair)


WITHIN = (
    Within("siim_auroc", "SIIM, no pneumonia against typical COVID-19", "siim", "normal", "covid19"),
    Within("rsna_auroc", "RSNA, normal against pneumonia", "rsna", "normal", "pneumonia"),
    Within("rsna_pa_auroc", "RSNA, PA alone", "rsna", "normal", "pneumonia", "PA"),
    Within("rsna_ap_auroc", "RSNA, AP alone", "rsna", "normal", "pneumonia", "AP"),
    Within("nih_auroc", "NIH, normal against pneumonia", "nih", "normal", "pneumonia"),
    Within("nih_pa_auroc", "NIH, PA alone", "nih", "normal", "pneumonia", "PA"),
    Within("nih_ap_auroc", "NIH, AP alone", "nih", "normal", "pneumonia", "AP"),
    Within("kermany_auroc", "Kermany, normal against pneumonia", "kermany", "normal", "pneumonia"),
)


def within_figures(
    probabilities: Rows, labels: NDArray[np.int64], sources: Sequence[str], views: Sequence[str]
) -> dict[str, float]:
    """The AUC of each of WITHIN that has films of both its classes."""
    figures = {}
    for within in WITHIN:
        inside = within.members(labels, sources, views)
        if len(inside):
            figures[within.key] = within.auroc(probabilities[inside], labels[inside])
    return figures
