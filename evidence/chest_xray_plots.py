"""The report's pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure

from training.report import draw_confusion

SETS = (("test", "test fold"), ("external", "other hospitals"))
PICTURES = {
    "confusion.png": "confusion matrix of the test fold",
    "reliability.png": "reliability",
    "risk_coverage.png": "risk and coverage",
}
POOLED_PICTURES = {
    "folds_confusion.png": "confusion matrix of cross-validation, all folds",
    "folds_reliability.png": "reliability in cross-validation, all folds",
}


def pictures_of(evidence: dict[str, Any]) -> dict[str, str]:
    """File and title of each picture that the evidence has figures for."""
    return PICTURES | (POOLED_PICTURES if evidence["cross_validation"]["folds"] > 1 else {})


def draw_all(out: Path, evidence: dict[str, Any], classes: tuple[str, ...]) -> None:
    draw_confusion(out / "confusion.png", torch.tensor(evidence["test"]["confusion"]), classes)
    _reliability(out / "reliability.png", [(title, evidence[key]) for key, title in SETS])
    _risk_coverage(out / "risk_coverage.png", evidence)
    folds = evidence["cross_validation"]
    if folds["folds"] > 1:
        pooled = folds["pooled"]
        draw_confusion(out / "folds_confusion.png", torch.tensor(pooled["confusion"]), classes)
        _reliability(out / "folds_reliability.png", [("all folds", pooled)])


def _reliability(path: Path, curves: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """`curves` are titles, and sets of figures with `reliability` and `ece`."""
    figure = Figure(figsize=(6, 5), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--", label="perfect")
    for title, figures in curves:
        axis.plot(
            [row["confidence"] for row in figures["reliability"]],
            [row["accuracy"] for row in figures["reliability"]],
            marker="o",
            label=f"{title}: calibration error {figures['ece']['value']:.3f}",
        )
    axis.set_xlabel("confidence")
    axis.set_ylabel("accuracy")
    axis.set_xlim(0.3, 1)
    axis.set_ylim(0, 1.02)
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(path, dpi=110)


def _risk_coverage(path: Path, evidence: dict[str, Any]) -> None:
    figure = Figure(figsize=(6, 5), layout="constrained")
    axis = figure.subplots()
    for key, title in SETS:
        rows = [row for row in evidence[key]["risk_coverage"] if row["coverage"] > 0]
        axis.plot([row["coverage"] for row in rows], [row["risk"] for row in rows], marker=".", label=title)
    axis.set_xlabel("share of films answered")
    axis.set_ylabel("share of wrong answers among them")
    axis.set_xlim(0, 1.02)
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(path, dpi=110)
