"""AUC within each source, by view and by age: films of one collection, so that the collection gives nothing away.

Made from stored answers: the validation outputs of every fold, and the file's answers on the test fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.performance import Labels, Probabilities, measured
from training.data.chest_xray import CLASSES, Films
from training.within_sources import WITHIN, Within

MIN_PATIENTS = 5  # of each class: draws of fewer often hold none
AGES = {"child": ("child",), "adult": ("adult", "adult_or_mixed")}


@dataclass(frozen=True)
class Facts:
    """What is known of each film, all of one length."""

    patients: Sequence[str]
    sources: Sequence[str]
    views: Sequence[str]
    ages: Sequence[str]

    @classmethod
    def of(cls, films: Films) -> "Facts":
        return cls(films.patients, films.sources, films.views, films.ages)


def evidence(probabilities: Probabilities, labels: Labels, facts: Facts) -> list[dict[str, Any]]:
    """A row for each of WITHIN, and for each age within it, that has enough patients of both classes."""
    rows = []
    for within in WITHIN:
        inside = within.members(labels, facts.sources, facts.views)
        rows.append(_row(within, "all", inside, probabilities, labels, facts))
        for age, names in AGES.items():
            chosen = inside[np.isin(np.asarray(facts.ages)[inside], names)]
            if len(chosen) < len(inside):  # otherwise it is the row above
                rows.append(_row(within, age, chosen, probabilities, labels, facts))
    return [row for row in rows if row is not None]


def _row(
    within: Within, age: str, inside: Any, probabilities: Probabilities, labels: Labels, facts: Facts
) -> dict[str, Any] | None:
    patients = [facts.patients[index] for index in inside]
    counts = {}
    for name, number in zip((within.negative, within.positive), within.pair, strict=True):
        counts[name] = len({one for one, index in zip(patients, inside, strict=True) if labels[index] == number})
    if min(counts.values()) < MIN_PATIENTS:
        return None
    p, truth = probabilities[inside], labels[inside]
    return {
        "source": within.source,
        "view": within.view or "all",
        "age": age,
        "negative": within.negative,
        "positive": within.positive,
        "n positive": int((truth == CLASSES.index(within.positive)).sum()),
        "auroc": measured(lambda i: within.auroc(p[i], truth[i]), patients, len(inside)),
    }
