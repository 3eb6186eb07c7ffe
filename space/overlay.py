"""A picture with a heatmap per class over it: choose the class, slide the opacity and the grey window, in the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from space.pictures import heat_layer

FOLDER = Path(__file__).parent
OPACITY_PERCENT = 55
STEPS = 200  # of a window slider


def overlay(elem_id: str, value: str = "") -> gr.HTML:
    """The component; `layers` and `placeholder` make its value, "" shows nothing."""
    return gr.HTML(
        value=value,
        css_template=(FOLDER / "overlay.css").read_text(),
        js_on_load=(FOLDER / "overlay.js").read_text(),
        elem_id=elem_id,
    )


def placeholder(words: str) -> str:
    """HTML of an empty frame where the picture will be."""
    return f'<div class="place">{escape(words)}</div>'


@dataclass(frozen=True)
class WindowRange:
    """Values at a picture's darkest and brightest grey, and the window that is shown first."""

    darkest: float
    brightest: float
    center: float
    width: float


def layers(
    picture: str,
    heatmaps: NDArray[np.float32],
    classes: Sequence[str],
    shown: int,
    height: int,
    width: int,
    window: WindowRange | None = None,
) -> str:
    """HTML of `picture` (a data address) at the aspect `width` : `height`, with `heatmaps` (K, h, w) over it.

    With `window` the grey window can be moved, in the page: the picture holds more levels than are shown.
    """
    pictures = "".join(
        f'<img class="heat" data-class="{index}" src="{heat_layer(heatmap)}" alt="heatmap of {escape(name)}" '
        f"{'' if index == shown else 'hidden'}>"
        for index, (name, heatmap) in enumerate(zip(classes, heatmaps, strict=True))
    )
    buttons = "".join(
        f'<button type="button" data-class="{index}" aria-pressed="{str(index == shown).lower()}">'
        f"{escape(name)}</button>"
        for index, name in enumerate(classes)
    )
    return (
        f'<div class="overlay" style="--heat:{OPACITY_PERCENT / 100}">'
        f'<div class="stack" style="--aspect:{width / height:.4f}">'
        f'<img class="picture" src="{picture}" alt="the picture">{pictures}</div>'
        f"{_window_controls(window) if window else ''}"
        f'<label>Heat <input type="range" class="opacity" min="0" max="100" value="{OPACITY_PERCENT}" '
        f'aria-label="Opacity of the heatmap"></label><div class="choices" role="group" '
        f'aria-label="Class whose heatmap is shown">{buttons}</div></div>'
    )


def _window_controls(window: WindowRange) -> str:
    """Two sliders and the filter that they steer; the values are those of the film."""
    low, high = sorted((window.darkest, window.brightest))
    span = high - low
    place = (window.center - window.darkest) / (window.brightest - window.darkest)
    slope = span / window.width
    functions = "".join(
        f'<feFunc{colour} type="linear" slope="{slope:.5f}" intercept="{0.5 - place * slope:.5f}"/>' for colour in "RGB"
    )
    step = span / STEPS
    return (
        f'<svg width="0" height="0" aria-hidden="true"><filter id="film-window" color-interpolation-filters="sRGB">'
        f"<feComponentTransfer>{functions}</feComponentTransfer></filter></svg>"
        f'<div class="window" data-darkest="{window.darkest}" data-brightest="{window.brightest}">'
        f'<label>Centre <input type="range" class="center" min="{low:g}" max="{high:g}" step="{step:g}" '
        f'value="{window.center:g}" aria-label="Centre of the grey window"><output>{window.center:.0f}</output></label>'
        f'<label>Width <input type="range" class="width" min="{step:g}" max="{span:g}" step="{step:g}" '
        f'value="{window.width:g}" aria-label="Width of the grey window"><output>{window.width:.0f}</output></label>'
        "</div>"
    )
