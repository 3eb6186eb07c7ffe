"""A picture with a heatmap per class over it: choose the class, slide the opacity, all in the browser."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from space.pictures import heat_layer, rgb

FOLDER = Path(__file__).parent
OPACITY_PERCENT = 55


def overlay(elem_id: str) -> gr.HTML:
    """The component; `layers` makes its value, "" shows nothing."""
    return gr.HTML(
        value="",
        css_template=(FOLDER / "overlay.css").read_text(),
        js_on_load=(FOLDER / "overlay.js").read_text(),
        elem_id=elem_id,
    )


def layers(
    pixels: NDArray[np.uint8],
    heatmaps: NDArray[np.float32],
    classes: Sequence[str],
    shown: int,
    height: int,
    width: int,
) -> str:
    """HTML of `pixels` (H, W, 3) drawn at the photo's own aspect `width` : `height`, with `heatmaps` (K, h, w)."""
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
        f'<div class="stack" style="aspect-ratio:{width}/{height}"><img src="{rgb(pixels)}" alt="the photo">{pictures}'
        f'</div><label>Heat <input type="range" min="0" max="100" value="{OPACITY_PERCENT}" '
        f'aria-label="Opacity of the heatmap"></label><div class="choices" role="group" '
        f'aria-label="Class whose heatmap is shown">{buttons}</div></div>'
    )
