"""A figure of the tab: a chart that was drawn on the server, and what a tap on it says."""

from html import escape
from typing import Protocol

import gradio as gr

SAID = '<p class="said" aria-hidden="true"></p>'  # where tap.js writes the tooltip of what was tapped


class Chart(Protocol):
    """`title` is what it shows, in a sentence."""

    @property
    def title(self) -> str: ...

    def svg(self) -> str: ...


def plotted(chart: Chart) -> str:
    """What the component shows."""
    return chart.svg() + SAID


def plot(chart: Chart, elem_id: str) -> gr.HTML:
    """The component."""
    return gr.HTML(plotted(chart), elem_id=elem_id, elem_classes="fovea-figure", padding=False)


def captioned(chart: Chart) -> str:
    """What the caption's component shows."""
    return f"<h4>{escape(chart.title)}</h4>"


def caption(chart: Chart) -> gr.HTML:
    """The component."""
    return gr.HTML(captioned(chart), elem_classes="fovea-caption", padding=False)
