"""How good a set of predictions is: each figure with its n and its 95 % interval, over patients or by Wilson."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.auroc import class_auroc, macro_auroc, pair_auroc, patient_interval
from training.data.chest_xray import CLASSES, Films
from training.metrics import accuracy_interval, confusion_matrix, expected_calibration_error

Probabilities = NDArray[np.float64]
Labels = NDArray[np.int64]
Measure = Callable[[Probabilities, Labels], float]
RELIABILITY_BINS = 10


def _accuracy(probabilities: Probabilities, labels: Labels) -> float:
    return float((probabilities.argmax(1) == labels).mean())


def _calibration_error(probabilities: Probabilities, labels: Labels) -> float:
    return expected_calibration_error(torch.from_numpy(probabilities), torch.from_numpy(labels))


# An error in bins comes out too high where films are few, and again in every draw of them: see `measured`.
LEANING = ("ece",)
OVERALL: dict[str, Measure] = {"accuracy": _accuracy, "macro_auroc": macro_auroc, "ece": _calibration_error}


def figure(value: float, interval: tuple[float, float] | None, n: int) -> dict[str, Any]:
    # Wilson's lower end of no film is 0 but for rounding: adding 0 leaves no minus in front of it
    return {"value": round(value, 4), "interval": interval and [round(bound, 4) + 0.0 for bound in interval], "n": n}


def share_of(flags: NDArray[np.bool_], patients: Sequence[str], among: NDArray[np.bool_] | None = None) -> Any:
    """The share of films with a flag, by the bootstrap over patients; `among` some of them, None if there is none.

    Where no film, or every film, has the flag, draws cannot differ: Wilson's interval for as many patients then.
    """
    chosen = np.ones(len(flags), dtype=bool) if among is None else among
    if not chosen.any():
        return None
    found = flags[chosen]
    if found.all() or not found.any():
        n_patients = len({patient for patient, is_chosen in zip(patients, chosen, strict=True) if is_chosen})
        return figure(float(found[0]), accuracy_interval(n_patients if found[0] else 0, n_patients), len(found))

    def share(i: Any) -> float:
        if not chosen[i].any():
            raise ValueError("no film is drawn")
        return float(flags[i][chosen[i]].mean())

    return measured(share, patients, int(chosen.sum()))


def measured(
    measure: Callable[[Any], float], patients: Sequence[str], n: int, *, is_leaning: bool = False
) -> dict[str, Any]:
    """`measure` of all films, which is never under 0, with its interval by the bootstrap over patients.

    By percentiles; `is_leaning` mirrors them at the value (the basic bootstrap, Davison and Hinkley 1997, section
    5.2.1), so that what each draw adds is taken off instead of added twice.
    """
    value, (low, high) = measure(slice(None)), patient_interval(measure, patients)
    if is_leaning:
        low, high = 2 * value - high, 2 * value - low
    return figure(value, (max(low, 0.0), high), n)


def each(
    measures: Mapping[str, Measure],
    of: Callable[[Measure, Any], float],
    patients: Sequence[str],
    n: int,
) -> dict[str, Any]:
    """`of(measure, indices)` for each measure."""
    return {
        name: measured(partial(of, measure), patients, n, is_leaning=name in LEANING)
        for name, measure in measures.items()
    }


def overall(probabilities: Probabilities, films: Films) -> dict[str, Any]:
    """As `figures`, for films."""
    return figures(probabilities, films.photos.labels.numpy(), films.patients)


def figures(probabilities: Probabilities, labels: Labels, patients: Sequence[str]) -> dict[str, Any]:
    """Accuracy, macro AUC, calibration error, and per class precision, recall, F1 and AUC.

    Intervals by the bootstrap over patients.
    """
    predicted, n = probabilities.argmax(1), len(labels)

    def of_all(measure: Callable[[Any], float], count: int = n) -> dict[str, Any]:
        return measured(measure, patients, count)

    def of_class(k: int, support: int) -> dict[str, Any]:
        named = int((predicted == k).sum())
        return {
            "n": support,
            "precision": of_all(lambda i: rates(predicted[i], labels[i], k)[0], named),
            "recall": of_all(lambda i: rates(predicted[i], labels[i], k)[1], support),
            "f1": of_all(lambda i: rates(predicted[i], labels[i], k)[2]),
            "auroc": of_all(lambda i: class_auroc(probabilities[i], labels[i], k)),
        }

    supports = {name: int((labels == k).sum()) for k, name in enumerate(CLASSES)}
    classes = {name: of_class(k, supports[name]) for k, name in enumerate(CLASSES) if supports[name]}
    confusion = confusion_matrix(torch.from_numpy(predicted), torch.from_numpy(labels), len(CLASSES))
    return {
        "n": n,
        "patients": len(set(patients)),
        **each(OVERALL, lambda measure, i: measure(probabilities[i], labels[i]), patients, n),
        "classes": classes,
        "confusion": confusion.tolist(),
        "reliability": reliability(probabilities, labels),
    }


def rates(predicted: Labels, labels: Labels, k: int) -> tuple[float, float, float]:
    """Precision, recall and F1 of class `k`; 0 where nothing was predicted or nothing is there."""
    hits = int(((predicted == k) & (labels == k)).sum())
    found, there = int((predicted == k).sum()), int((labels == k).sum())
    return hits / max(found, 1), hits / max(there, 1), 2 * hits / max(found + there, 1)


def pair_figure(
    probabilities: Probabilities, labels: Labels, patients: Sequence[str], pair: tuple[int, int]
) -> dict[str, Any]:
    """AUC of the second class of `pair` against the first, among the films of these two."""
    inside = np.flatnonzero(np.isin(labels, pair))
    p, truth, theirs = probabilities[inside], labels[inside], [patients[index] for index in inside.tolist()]
    return measured(lambda i: pair_auroc(p[i], truth[i], *pair), theirs, len(inside))


def reliability(probabilities: Probabilities, labels: Labels) -> list[dict[str, float]]:
    """Mean confidence and accuracy in each of ten equal bins of confidence that holds a film."""
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == labels
    index = np.minimum((confidence * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    return [
        {
            "confidence": round(float(confidence[index == b].mean()), 4),
            "accuracy": round(float(correct[index == b].mean()), 4),
            "n": int((index == b).sum()),
        }
        for b in range(RELIABILITY_BINS)
        if (index == b).any()
    ]


def risk_coverage(probabilities: Probabilities, labels: Labels) -> list[dict[str, float]]:
    """Share of films answered and errors among them, for thresholds of confidence from none to high."""
    confidence, wrong = probabilities.max(1), probabilities.argmax(1) != labels
    rows = []
    for threshold in np.linspace(0.34, 0.99, 27):
        answered = confidence >= threshold
        risk = float(wrong[answered].mean()) if answered.any() else 0.0
        row = {"threshold": threshold, "coverage": float(answered.mean()), "risk": risk}
        rows.append({name: round(float(value), 4) for name, value in row.items()})
    return rows
