"""Accuracy, AUC, calibration error and answers by source, by view and by age, over all classes that a group holds."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evidence.answers import answered
from evidence.outputs import Outputs
from evidence.performance import OVERALL, Labels, Measure, Probabilities, each, measured, share_of
from evidence.within_sources import AGES, MIN_PATIENTS
from fovea import Model
from training.auroc import class_auroc
from training.data.chest_xray import CLASSES, Films

LEAST_PATIENTS = 20  # of a group: the figures of fewer say little
AGE_OF = {name: age for age, names in AGES.items() for name in names}


def evidence(model: Model, outputs: Outputs, films: Films) -> list[dict[str, Any]]:
    """A row for each group of films of enough patients that is not the whole set."""
    facts = {"source": films.sources, "view": films.views, "age": [AGE_OF.get(age, age) for age in films.ages]}
    rows = []
    for by, values in facts.items():
        for name in dict.fromkeys(values):
            inside = [index for index, value in enumerate(values) if value == name]
            some = films.take(inside)
            if len(inside) < len(films) and len(set(some.patients)) >= LEAST_PATIENTS:
                rows.append({"by": by, "name": name} | _row(model, outputs.take(inside), some))
    return rows


def _row(model: Model, outputs: Outputs, films: Films) -> dict[str, Any]:
    probabilities, labels, patients = outputs.probabilities, films.photos.labels.numpy(), films.patients
    predicted = probabilities.argmax(1)
    counts = {name: int((labels == k).sum()) for k, name in enumerate(CLASSES)}

    def of_films(measure: Measure, i: Any) -> float:
        return measure(probabilities[i], labels[i])

    pooled = {name: OVERALL[name] for name in ("accuracy", "ece")}
    result = answered(model, outputs, films)
    recall = {
        name: share_of(predicted == k, patients, among=labels == k) for k, name in enumerate(CLASSES) if counts[name]
    }
    return {
        "n": len(films),
        "patients": len(set(patients)),
        "classes": counts,
        **each(pooled, of_films, patients, len(films)),
        "macro_auroc": macro(probabilities, labels, patients),
        "recall": recall,
        "another finding": result["another finding"],
        "answered": result["answered"],
        "accuracy of the answers": result["accuracy of the answers"],
    }


def macro(probabilities: Probabilities, labels: Labels, patients: Sequence[str]) -> dict[str, Any] | None:
    """The mean AUC of the classes that have enough patients, each against all others; None of fewer than two."""
    of_class: dict[int, set[str]] = {}
    for label, patient in zip(labels.tolist(), patients, strict=True):
        of_class.setdefault(label, set()).add(patient)
    counted = sorted(label for label, theirs in of_class.items() if len(theirs) >= MIN_PATIENTS)
    if len(counted) < 2:
        return None
    return measured(
        lambda i: float(np.mean([class_auroc(probabilities[i], labels[i], k) for k in counted])), patients, len(labels)
    )
