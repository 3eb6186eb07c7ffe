"""The report's pictures."""

from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure

from training.report import draw_confusion

SETS = (("test", "test fold"), ("external", "other hospitals"))


def draw_all(out: Path, evidence: dict[str, Any], classes: tuple[str, ...]) -> None:
    draw_confusion(out / "confusion.png", torch.tensor(evidence["test"]["confusion"]), classes)
    _reliability(out / "reliability.png", evidence)
    _risk_coverage(out / "risk_coverage.png", evidence)


def _reliability(path: Path, evidence: dict[str, Any]) -> None:
    figure = Figure(figsize=(6, 5), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--", label="perfect")
    for key, title in SETS:
        rows = evidence[key]["reliability"]
        ece = evidence[key]["ece"]["value"]
        axis.plot(
            [row["confidence"] for row in rows],
            [row["accuracy"] for row in rows],
            marker="o",
            label=f"{title}: calibration error {ece:.3f}",
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
