"""Test error on digits against the seconds of training."""

from space.compare.locality import FORMS, of_form
from space.drawing.axis import Axis
from space.drawing.line_chart import LineChart, Series
from space.lessons.figures import Figures


def errors_by_time(figures: Figures) -> str:
    """A mark for each net of the experiment on locality."""
    result = figures.result("locality")
    series = [
        Series(
            form,
            [(row["train_seconds"], 100 * (1 - row["accuracy"])) for row in of_form(result["rows"], form)],
            colour,
            is_line=False,
        )
        for form, colour in FORMS.items()
    ]
    x = Axis("training, seconds", (1, 3, 10, 30, 100, 300), is_log=True)
    y = Axis("test error, %", (0.5, 1, 2, 5, 10), is_log=True)
    return LineChart("Test error against training time of nets of several sizes", series, x, y).svg()
