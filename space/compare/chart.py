"""Interactive figures as Plotly's own JSON, which Gradio's page draws with the Plotly it holds; no package is needed.

Text and grid lines take the page's colours by the theme's CSS, so a figure reads in light and dark alike.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

# of middle lightness: each stands out from white and from slate
TEAL, AMBER, INDIGO, ROSE, SLATE = "#0d9488", "#d97706", "#6366f1", "#e11d48", "#64748b"
COLOURS = (TEAL, AMBER, INDIGO, ROSE, SLATE)

HEIGHT_PX = 340

Trace = dict[str, Any]
Axis = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """One figure: `title` is what it shows, in a sentence."""

    title: str
    traces: Sequence[Trace]
    x: Axis
    y: Axis
    layout: Mapping[str, Any] = field(default_factory=dict)


def axis(title: str, *, is_log: bool = False, form: str = "", **more: Any) -> Axis:
    """An axis of numbers; `form` is d3's number format of its ticks, as "~s" for 10k and 1M."""
    kind = "log" if is_log else "linear"
    return {
        "title": {"text": title, "standoff": 8},
        "type": kind,
        "tickformat": form,
        "automargin": True,
        "fixedrange": True,  # a finger that scrolls the page must not drag the axis
        "zeroline": False,
        **more,
    }


def line(name: str, x: Sequence[float], y: Sequence[float | None], colour: str, hover: str, **more: Any) -> Trace:
    """A line with a mark at each value; `hover` is what a value says, with %{x}, %{y} and %{customdata}."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "width": 2},
        "marker": {"size": 7, "color": colour},
        "hovertemplate": f"<b>{name}</b><br>{hover}<extra></extra>",
        **more,
    }


def figure(chart: Chart) -> dict[str, Any]:
    """Plotly's JSON of `chart`."""
    return {
        "data": list(chart.traces),
        "layout": {
            "height": HEIGHT_PX,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, sans-serif", "size": 12, "color": SLATE},
            "hovermode": "closest",
            "hoverlabel": {"align": "left", "font": {"color": "#fff"}},
            "dragmode": False,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "xaxis": chart.x,
            "yaxis": chart.y,
            **chart.layout,
        },
        "config": {"displayModeBar": False},
    }


def plot_value(chart: Chart) -> PlotData:
    """What gr.Plot takes for `chart`."""
    return PlotData(type="plotly", plot=json.dumps(figure(chart)))


def plot(chart: Chart, elem_id: str) -> gr.Plot:
    """The component."""
    return gr.Plot(
        plot_value(chart),
        label=chart.title,
        show_label=False,
        container=False,
        elem_id=elem_id,
        elem_classes="fovea-figure",
    )
