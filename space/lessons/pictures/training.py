"""Curves of trainings: by epoch, and by the number of photos."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from space.compare.curves import SPLITS, phase_marks
from space.compare.training_sizes import METHODS, of_method
from space.drawing.axis import Axis, whole_numbers
from space.drawing.line_chart import LineChart, Series
from space.lessons.figures import Figures


def photos(figures: Figures) -> str:
    """Test accuracy against the number of training photos, by method."""
    result = figures.result("training_sizes")
    numbers = [row["n_train"] for row in of_method(result, "tuned")]
    series = [
        Series(name, [(row["n_train"], 100 * row["accuracy"]) for row in of_method(result, method)], colour)
        for method, (name, colour) in METHODS.items()
    ]
    y = Axis("test accuracy, %", range(40, 101, 10))
    return LineChart("Accuracy against training photos", series, Axis("training photos", numbers, is_log=True), y).svg()


def _by_epoch(row: Any, quantity: str, scale: float, title: str, ticks: Sequence[float]) -> str:
    epochs = row["epochs"]
    series = [
        Series(name, [(each["epoch"], scale * each[f"{split}_{quantity}"]) for each in epochs], colour)
        for split, (name, colour) in SPLITS.items()
    ]
    numbers = whole_numbers(1, epochs[-1]["epoch"])
    return LineChart(title, series, Axis("epoch", numbers), Axis(title, ticks), phase_marks(row)).svg()


def _ticks(row: Any, quantity: str, scale: float, step: float) -> list[float]:
    """Multiples of `step` around all values."""
    values = [scale * each[f"{split}_{quantity}"] for each in row["epochs"] for split in SPLITS]
    low, high = int(min(values) // step), -int(-max(values) // step)
    return [round(step * number, 6) for number in range(low, high + 1)]


def _of_run(figures: Figures, *, run: str, quantity: str, step: float) -> str:
    row = figures.row("curves", run=run)
    scale, title = (100, "accuracy, %") if quantity == "accuracy" else (1, "loss")
    return _by_epoch(row, quantity, scale, title, _ticks(row, quantity, scale, step))


vgg16_accuracy = partial(_of_run, run="vgg16-reference", quantity="accuracy", step=5)
vgg16_loss = partial(_of_run, run="vgg16-reference", quantity="loss", step=0.2)
digits_accuracy = partial(_of_run, run="fits", quantity="accuracy", step=5)
googlenet_accuracy = partial(_of_run, run="googlenet", quantity="accuracy", step=10)
