"""The viewer in the page: networks, layers, grid of maps, one map large, its receptive field and its kernel.

The scripts run as one function body in the order of SCRIPTS, so each sees the names of those before it.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import gradio as gr
import numpy as np

from export.runtime import Model
from space.features.answers import answers
from space.features.networks import described
from space.pictures import COLOURS, NEGATIVE_COLOURS

FOLDER = Path(__file__).parent
SCRIPTS = ("colours", "maps", "grid", "detail", "link", "downloads", "show", "viewer")
WORDS = {
    "convolution": "Each map is the sum of the maps before it under one kernel, slid over all places. "
    "Blue-green to yellow is above zero, violet to rose below.",
    "activation": "ReLU keeps what is above zero and cuts the rest: all that was rose is dark now.",
    "norm": "Normalisation sets each place in proportion to others, so that no map drowns its neighbours.",
    "pooling": "Pooling keeps one value of each window: fewer places, less tied to where exactly something was.",
    "concatenation": "The maps of all four branches, one after another: 1 x 1, 3 x 3, 5 x 5 and pooling.",
    "dense": "Each unit weighs everything before it; it no longer has a place in the image.",
}


def viewer(networks: Mapping[str, Model], elem_id: str) -> gr.HTML:
    """The component. Its value is JSON: {"seen": what each network sees, "example": its name or null}, or ""."""
    return gr.HTML(
        value="",
        html_template=(FOLDER / "viewer.html").read_text(),
        css_template=(FOLDER / "viewer.css").read_text(),
        js_on_load="\n".join((FOLDER / f"{name}.js").read_text() for name in SCRIPTS),
        elem_id=elem_id,
        apply_default_css=False,
        server_functions=answers(networks),
        networks=json.dumps(described(networks)),
        words=json.dumps(WORDS),
        palette=base64.b64encode(np.concatenate([COLOURS, NEGATIVE_COLOURS]).tobytes()).decode(),
    )
