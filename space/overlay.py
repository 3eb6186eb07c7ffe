"""A picture with a heatmap per class over it: class and opacity are chosen in the page."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from space.heat import legend
from space.pictures import heat_overlay

FOLDER = Path(__file__).parent
OPACITY_PERCENT = 55


def overlay(elem_id: str, value: str = "", parts: Sequence[Path] = ()) -> gr.HTML:
    """The component; `overlay_html` and `placeholder` make its value, "" shows nothing.

    `parts` are further scripts and style sheets. The scripts run as one function body with those here.
    """
    scripts = [FOLDER / "overlay.js", *(part for part in parts if part.suffix == ".js")]
    styles = [FOLDER / "overlay.css", *(part for part in parts if part.suffix == ".css")]
    return gr.HTML(
        value=value,
        css_template="\n".join(style.read_text() for style in styles),
        js_on_load="\n".join(script.read_text() for script in scripts),
        elem_id=elem_id,
    )


def placeholder(words: str) -> str:
    """HTML of an empty frame where the picture will be."""
    return f'<div class="place">{escape(words)}</div>'


def overlay_html(
    picture: str, heatmaps: NDArray[np.float32], classes: Sequence[str], shown: int, height: int, width: int
) -> str:
    """HTML of `picture` (a data address) at the aspect `width` : `height`, under `heatmaps` (K, h, w)."""
    return (
        f'<div class="overlay" style="{heat_style()}">'
        f'<div class="stack" style="--aspect:{width / height:.4f}"><img class="picture" src="{picture}" '
        f'alt="the picture">{heat_images(heatmaps, classes, shown)}</div>{opacity_slider()}{legend()}'
        f"{class_buttons(classes, shown)}</div>"
    )


def heat_style() -> str:
    return f"--heat:{OPACITY_PERCENT / 100}"


def heat_images(heatmaps: NDArray[np.float32], classes: Sequence[str], shown: int | None) -> str:
    """An image for each class, all hidden but `shown`."""
    return "".join(
        f'<img class="heat" data-class="{index}" src="{heat_overlay(heatmap)}" alt="heatmap of {escape(name)}" '
        f"{'' if index == shown else 'hidden'}>"
        for index, (name, heatmap) in enumerate(zip(classes, heatmaps, strict=True))
    )


def opacity_slider() -> str:
    return (
        f'<label>Heat <input type="range" class="opacity" min="0" max="100" value="{OPACITY_PERCENT}" '
        f'aria-label="Opacity of the heatmap"></label>'
    )


def class_buttons(classes: Sequence[str], shown: int | None, none: str = "") -> str:
    """A button for each class, behind one called `none` that shows no heatmap, where it has a name."""
    names: dict[int | None, str] = ({None: none} if none else {}) | dict(enumerate(classes))
    buttons = "".join(
        f'<button type="button" data-class="{"" if index is None else index}" '
        f'aria-pressed="{str(index == shown).lower()}">{escape(name)}</button>'
        for index, name in names.items()
    )
    return f'<div class="choices heats" role="group" aria-label="Class whose heatmap is shown">{buttons}</div>'
