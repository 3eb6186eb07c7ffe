"""Patient-grouped cross-validation, from what a run keeps of each fold: means over the folds, and all films at once.

A run may train its first fold alone. Nothing then gives that fold a temperature that its own films did not set.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import t

from evidence import within_sources
from evidence.performance import figure, figures, rates
from evidence.run_settings import portable, read_settings
from evidence.within_sources import Facts
from training.auroc import class_auroc
from training.data.chest_xray import CLASSES
from training.metrics import fit_temperature
from training.recipes.chest_xray import VALIDATION_FILE

FACTS = ("sources", "views", "ages")


@dataclass(frozen=True)
class Fold:
    """`logits` (N, K) for the films that a fold's network did not train on, their `labels` (N,) and `patients`."""

    logits: NDArray[np.float32]
    labels: NDArray[np.int64]
    patients: tuple[str, ...]
    sources: tuple[str, ...]
    views: tuple[str, ...]
    ages: tuple[str, ...]


def evidence(run: Path) -> dict[str, Any]:
    """Means with their t interval; `pooled`: every film judged once, by the network that did not see its patient."""
    rows = json.loads((run / "folds.json").read_text())
    folds = [read_fold(run / f"fold-{number}" / VALIDATION_FILE) for number in range(len(rows))]
    in_all = [name for name in rows[0] if all(name in row for row in rows)]
    means = {name: mean_over_folds([row[name] for row in rows]) for name in in_all}
    return (
        {"folds": len(rows), "settings": portable(read_settings(run))}
        | means
        | {
            "classes": {name: class_means(folds, k) for k, name in enumerate(CLASSES)},
            "pooled": pooled(folds),
        }
    )


def read_fold(path: Path) -> Fold:
    with np.load(path) as stored:
        patients, sources, views, ages = (_column(stored, name) for name in ("patients", "sources", "views", "ages"))
        return Fold(stored["logits"], stored["labels"], patients, sources, views, ages)


def _column(stored: Any, name: str) -> tuple[str, ...]:
    """As it was stored, or unknown of every film where an earlier run did not store it."""
    return tuple(stored[name].tolist()) if name in stored else ("unknown",) * len(stored["labels"])


def mean_over_folds(values: Sequence[float]) -> dict[str, Any]:
    """Mean of a share and its 95 % interval by the t distribution; one fold has a value and no interval."""
    mean, n = float(np.mean(values)), len(values)
    if n == 1:
        return figure(mean, None, n)
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return figure(mean, (max(0.0, mean - half), min(1.0, mean + half)), n)


def class_means(folds: Sequence[Fold], k: int) -> dict[str, Any]:
    """Precision, recall, F1 and AUC of class `k`, each the mean over the folds."""
    rows = []
    for fold in folds:
        names = ("precision", "recall", "f1")
        row = dict(zip(names, rates(fold.logits.argmax(1), fold.labels, k), strict=True))
        rows.append(row | {"auroc": class_auroc(softmax(fold.logits.astype(np.float64), axis=1), fold.labels, k)})
    n = int(sum((fold.labels == k).sum() for fold in folds))
    return {"n": n} | {name: mean_over_folds([row[name] for row in rows]) for name in rows[0]}


def pooled(folds: Sequence[Fold]) -> dict[str, Any]:
    """The figures over the films of all folds; a fold's temperature comes from the others, so no film sets its own.

    Of one fold alone there are no figures that a temperature moves.
    """
    temperatures = [_temperature([*folds[:i], *folds[i + 1 :]]) for i in range(len(folds))]
    probabilities = [
        softmax(fold.logits.astype(np.float64) / temperature, axis=1)
        for fold, temperature in zip(folds, temperatures, strict=True)
    ]
    labels = np.concatenate([fold.labels for fold in folds])
    patients = [patient for fold in folds for patient in fold.patients]
    every = np.concatenate(probabilities)
    sources, views, ages = ([value for fold in folds for value in getattr(fold, name)] for name in FACTS)
    found = figures(every, labels, patients)
    found["within"] = within_sources.evidence(every, labels, Facts(patients, sources, views, ages))
    if len(folds) == 1:
        return {name: value for name, value in found.items() if name not in ("ece", "reliability")}
    return found | {"temperatures": [round(temperature, 4) for temperature in temperatures]}


def _temperature(folds: Sequence[Fold]) -> float:
    if not folds:
        return 1.0
    logits, labels = (np.concatenate([getattr(fold, name) for fold in folds]) for name in ("logits", "labels"))
    return fit_temperature(torch.from_numpy(logits), torch.from_numpy(labels))
