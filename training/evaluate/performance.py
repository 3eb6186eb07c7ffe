"""How good a set of predictions is: each figure with its n and its 95 % interval, over patients or by Wilson."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.auroc import class_auroc, macro_auroc, pair_auroc, patient_interval
from training.data.chest_xray import CLASSES, Films
from training.metrics import accuracy_interval, confusion_matrix, expected_calibration_error
from training.recipes.chest_xray import NORMAL, PNEUMONIA

Probabilities = NDArray[np.float64]
Labels = NDArray[np.int64]
RELIABILITY_BINS = 10


def figure(value: float, interval: tuple[float, float] | None, n: int) -> dict[str, Any]:
    return {"value": round(value, 4), "interval": interval and [round(bound, 4) for bound in interval], "n": n}


def share_of(k: int, n: int) -> dict[str, Any]:
    """`k` of `n`, with Wilson's interval."""
    return figure(k / n, accuracy_interval(k, n), n)


def measured(measure: Callable[[Any], float], patients: Sequence[str], n: int) -> dict[str, Any]:
    """`measure` of all films, with its interval by the bootstrap over patients."""
    return figure(measure(slice(None)), patient_interval(measure, patients), n)


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

    classes = {}
    for k, name in enumerate(CLASSES):
        support = int((labels == k).sum())
        if support:
            classes[name] = {
                "n": support,
                "precision": of_all(lambda i, k=k: rates(predicted[i], labels[i], k)[0], int((predicted == k).sum())),
                "recall": of_all(lambda i, k=k: rates(predicted[i], labels[i], k)[1], support),
                "f1": of_all(lambda i, k=k: rates(predicted[i], labels[i], k)[2]),
                "auroc": of_all(lambda i, k=k: class_auroc(probabilities[i], labels[i], k)),
            }
    tensors = torch.from_numpy(probabilities), torch.from_numpy(labels)
    return {
        "n": n,
        "patients": len(set(patients)),
        "accuracy": of_all(lambda i: float((predicted[i] == labels[i]).mean())),
        "macro_auroc": of_all(lambda i: macro_auroc(probabilities[i], labels[i])),
        "ece": of_all(lambda i: expected_calibration_error(tensors[0][i], tensors[1][i])),
        "classes": classes,
        "confusion": confusion_matrix(torch.from_numpy(predicted), tensors[1], len(CLASSES)).tolist(),
        "reliability": reliability(probabilities, labels),
    }


def rates(predicted: Labels, labels: Labels, k: int) -> tuple[float, float, float]:
    """Precision, recall and F1 of class `k`; 0 where nothing was predicted or nothing is there."""
    hits = int(((predicted == k) & (labels == k)).sum())
    found, there = int((predicted == k).sum()), int((labels == k).sum())
    return hits / max(found, 1), hits / max(there, 1), 2 * hits / max(found + there, 1)


def normal_against_pneumonia(probabilities: Probabilities, films: Films) -> dict[str, Any]:
    """AUC among the normal and pneumonia films of a set; accuracy, calibration error and recall of the whole answer."""
    chosen = [i for i, label in enumerate(films.labels) if label in ("normal", "pneumonia")]
    some, p = films.take(chosen), probabilities[chosen]
    labels = some.photos.labels.numpy()
    predicted, tensors = p.argmax(1), (torch.from_numpy(p), some.photos.labels)
    n, patients = len(some), some.patients
    return {
        "auroc": measured(lambda i: pair_auroc(p[i], labels[i], NORMAL, PNEUMONIA), patients, n),
        "accuracy": measured(lambda i: float((predicted[i] == labels[i]).mean()), patients, n),
        "ece": measured(lambda i: expected_calibration_error(tensors[0][i], tensors[1][i]), patients, n),
        "pneumonia recall": measured(
            lambda i: rates(predicted[i], labels[i], PNEUMONIA)[1], patients, int((labels == PNEUMONIA).sum())
        ),
    }


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
