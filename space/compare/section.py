"""One section of the tab: a heading that says what was found, figures, how to read them, and how it was measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import gradio as gr

from space.compare.chart import Chart, caption, plot
from space.compare.results import Result, provenance

IN_A_ROW = 2


@dataclass(frozen=True)
class Section:
    """`experiment` names the result and `topic` the question; the functions take the result."""

    experiment: str
    topic: str
    finding: Callable[[Result], str]
    reading: Callable[[Result], str]
    charts: Callable[[Result], Sequence[Chart]]


def show(section: Section, result: Result | None) -> None:
    """Fill the open Blocks; without a result, the command that makes it."""
    if result is None:
        heading(section.topic, "Not measured yet", name=section.experiment)
        command = f"python -m training.experiments {section.experiment}"
        gr.Markdown(f"`{command}` makes these figures.", elem_classes="fovea-reading")
        return
    heading(section.topic, section.finding(result), name=section.experiment)
    charts = list(enumerate(section.charts(result)))
    for start in range(0, len(charts), IN_A_ROW):
        with gr.Row(equal_height=False):
            for number, chart in charts[start : start + IN_A_ROW]:
                with gr.Column(min_width=300):
                    caption(chart)
                    plot(chart, f"compare-{section.experiment}-{number}")
    gr.Markdown(f"{section.reading(result)} {provenance(result)}", elem_classes="fovea-reading")


def heading(topic: str, finding: str, *, name: str | None = None, is_first: bool = False) -> None:
    """The question, and what was found, in a sentence; links reach it by `name`: ?tab=compare&section=NAME."""
    gr.HTML(  # Markdown comes later than tables and figures, and would push them down
        f"<p>{escape(topic)}</p><h3>{escape(finding)}</h3>",
        elem_id=f"compare-{name}" if name else None,
        elem_classes=["fovea-finding", "leading"] if is_first else "fovea-finding",
        padding=False,
    )
