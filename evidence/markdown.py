"""Figures and tables as Markdown."""

from typing import Any

from training.markdown_table import markdown_table as table

__all__ = ["class_table", "percent", "shown", "table"]


def shown(figure: dict[str, Any]) -> str:
    """As in "0.981 (0.974 to 0.987)"."""
    if not figure.get("interval"):
        return f"{figure['value']:.3f}"
    low, high = figure["interval"]
    return f"{figure['value']:.3f} ({low:.3f} to {high:.3f})"


def percent(figure: dict[str, Any]) -> str:
    """As in "97.6 % (96.7 to 98.3)"."""
    low, high = figure["interval"]
    return f"{figure['value'] * 100:.1f} % ({low * 100:.1f} to {high * 100:.1f})"


def class_table(classes: dict[str, dict[str, Any]]) -> str:
    """Precision, recall, F1 and AUC of each class."""
    names = ("precision", "recall", "f1", "auroc")
    rows = [[name, str(figures["n"]), *(shown(figures[key]) for key in names)] for name, figures in classes.items()]
    return table(["class", "n", "precision", "recall", "F1", "AUC"], rows)
