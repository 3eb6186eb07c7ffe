"""How good a set of predictions is: each figure with its n and its 95 % interval over patients."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from training.auroc import class_auroc, macro_auroc, pair_auroc, patient_interval
from training.data.chest_xray import CLASSES, Films
from training.metrics import confusion_matrix, expected_calibration_error
from training.recipes.chest_xray import NORMAL, PNEUMONIA

Probabilities = NDArray[np.float64]
RELIABILITY_BINS = 10


def figure(value: float, interval: tuple[float, float] | None, n: int) -> dict[str, Any]:
    return {"value": round(value, 4), "interval": interval and [round(bound, 4) for bound in interval], "n": n}


def overall(probabilities: Probabilities, films: Films) -> dict[str, Any]:
    """Accuracy, macro AUC, calibration error, and per class precision, recall, F1 and AUC."""
    labels, patients, n = films.photos.labels.numpy(), films.patients, len(films)
    predicted = probabilities.argmax(1)

    def bounds(measure: Any) -> tuple[float, float]:
        return patient_interval(measure, patients)

    classes = {}
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=range(len(CLASSES)), zero_division=0
    )
    for k, name in enumerate(CLASSES):
        if support[k]:
            classes[name] = {
                "n": int(support[k]),
                "precision": round(float(precision[k]), 4),
                "recall": round(float(recall[k]), 4),
                "f1": round(float(f1[k]), 4),
                "auroc": figure(
                    class_auroc(probabilities, labels, k),
                    bounds(lambda i, k=k: class_auroc(probabilities[i], labels[i], k)),
                    n,
                ),
            }
    tensors = torch.from_numpy(probabilities), torch.from_numpy(labels)
    return {
        "n": n,
        "patients": len(set(patients)),
        "accuracy": figure(
            float((predicted == labels).mean()), bounds(lambda i: float((predicted[i] == labels[i]).mean())), n
        ),
        "macro_auroc": figure(
            macro_auroc(probabilities, labels), bounds(lambda i: macro_auroc(probabilities[i], labels[i])), n
        ),
        "ece": figure(expected_calibration_error(*tensors), None, n),
        "classes": classes,
        "confusion": confusion_matrix(torch.from_numpy(predicted), tensors[1], len(CLASSES)).tolist(),
        "reliability": reliability(probabilities, labels),
    }


def normal_against_pneumonia(probabilities: Probabilities, films: Films) -> dict[str, Any]:
    """AUC among the normal and pneumonia films of a set, and the accuracy of the three-class answer on them."""
    chosen = [i for i, label in enumerate(films.labels) if label in ("normal", "pneumonia")]
    some, p = films.take(chosen), probabilities[chosen]
    labels = some.photos.labels.numpy()
    return {
        "auroc": figure(
            pair_auroc(p, labels, NORMAL, PNEUMONIA),
            patient_interval(lambda i: pair_auroc(p[i], labels[i], NORMAL, PNEUMONIA), some.patients),
            len(some),
        ),
        "accuracy": figure(float((p.argmax(1) == labels).mean()), None, len(some)),
    }


def reliability(probabilities: Probabilities, labels: NDArray[np.int64]) -> list[dict[str, float]]:
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


def risk_coverage(probabilities: Probabilities, labels: NDArray[np.int64]) -> list[dict[str, float]]:
    """Share of films answered and errors among them, for thresholds of confidence from none to high."""
    confidence, wrong = probabilities.max(1), probabilities.argmax(1) != labels
    rows = []
    for threshold in np.linspace(0.34, 0.99, 27):
        answered = confidence >= threshold
        risk = float(wrong[answered].mean()) if answered.any() else 0.0
        row = {"threshold": threshold, "coverage": float(answered.mean()), "risk": risk}
        rows.append({name: round(float(value), 4) for name, value in row.items()})
    return rows
