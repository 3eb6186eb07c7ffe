"""AUC within each source, by view and by age: films of one collection, so that the collection gives nothing away.

Made from stored answers: the validation outputs of every fold, and the file's answers on the test fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from evidence.performance import Labels, Probabilities, pair_figure
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


def evidence(
    probabilities: Probabilities, labels: Labels, facts: Facts, *, by_age: bool = True
) -> list[dict[str, Any]]:
    """A row for each of WITHIN, and for each age within it, that has enough patients of both classes."""
    rows = []
    for within in WITHIN:
        inside = within.members(labels, facts.sources, facts.views)
        rows.append(_row(within, "all", inside, probabilities, labels, facts))
        for age, names in AGES.items() if by_age else ():
            chosen = inside[np.isin(np.asarray(facts.ages)[inside], names)]
            if len(chosen) < len(inside):  # otherwise it is the row above
                rows.append(_row(within, age, chosen, probabilities, labels, facts))
    return [row for row in rows if row is not None]


def of_every_source(probabilities: Probabilities, labels: Labels, facts: Facts) -> list[dict[str, Any]]:
    """A row for each source and each pair of classes that it has enough patients of."""
    rows = []
    for source in dict.fromkeys(facts.sources):
        for negative, positive in combinations(CLASSES, 2):
            within = Within(f"{source}_{negative}_{positive}", "", source, negative, positive)
            inside = within.members(labels, facts.sources, facts.views)
            rows.append(_row(within, "all", inside, probabilities, labels, facts))
    return [row for row in rows if row is not None]


def figures_by_key(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The AUC of every row for all ages, by the key of its Within."""
    return {row["key"]: row["auroc"] for row in rows if row["age"] == "all"}


def _row(
    within: Within, age: str, inside: Any, probabilities: Probabilities, labels: Labels, facts: Facts
) -> dict[str, Any] | None:
    patients, truth = [facts.patients[index] for index in inside], labels[inside]
    of_class = [{one for one, label in zip(patients, truth, strict=True) if label == number} for number in within.pair]
    if min(map(len, of_class)) < MIN_PATIENTS:
        return None
    return {
        "key": within.key,
        "source": within.source,
        "view": within.view or "all",
        "age": age,
        "negative": within.negative,
        "positive": within.positive,
        "n positive": int((truth == CLASSES.index(within.positive)).sum()),
        "auroc": pair_figure(probabilities[inside], truth, patients, within.pair),
    }
