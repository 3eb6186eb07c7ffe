"""The viewer in the page: networks, layers, grid of maps, one map large, its receptive field and its kernel.

The scripts run as one function body in the order of SCRIPTS, so each sees the names of those before it.
"""

import base64
import json
from pathlib import Path

import gradio as gr
import numpy as np

from space.credits import examples
from space.feature_maps.examples import FOLDER as EXAMPLES
from space.feature_maps.networks import Networks, described
from space.feature_maps.plain_words import PLAIN
from space.feature_maps.viewer_functions import viewer_functions
from space.feature_maps.words import SENTENCES
from space.pictures import COLOURS, NEGATIVE_COLOURS

FOLDER = Path(__file__).parent
SCRIPTS = (
    "colours",
    "maps",
    "grid",
    "detail",
    "link",
    "downloads",
    "show",
    "slide_drawing",
    "slide",
    "beside",
    "viewer",
)
PARTS = ("slide", "beside")  # of the page, with a style each


def viewer(networks: Networks, elem_id: str) -> gr.HTML:
    """The component. Its value is "" or JSON: {"id", "seen": what networks see, "example": its name or null}.

    A second value of the same id holds what more networks see of the same image.
    """
    page = (FOLDER / "viewer.html").read_text()
    for name in PARTS:
        page = page.replace(f"<!-- {name}.html -->", (FOLDER / f"{name}.html").read_text())
    return gr.HTML(
        value="",
        html_template=page,
        css_template="\n".join((FOLDER / f"{name}.css").read_text() for name in ("viewer", *PARTS)),
        js_on_load="\n".join((FOLDER / f"{name}.js").read_text() for name in SCRIPTS),
        elem_id=elem_id,
        apply_default_css=False,
        server_functions=viewer_functions(networks),
        networks=json.dumps(described(networks)),
        words=json.dumps(SENTENCES),
        plain=json.dumps(PLAIN),
        examples=json.dumps([(each.path.stem, each.title) for each in examples(EXAMPLES)]),
        palette=base64.b64encode(np.concatenate([COLOURS, NEGATIVE_COLOURS]).tobytes()).decode(),
    )
