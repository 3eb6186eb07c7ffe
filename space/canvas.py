"""A field to draw on, with mouse, finger or pen; its picture is sent while the hand still moves, and never stored.

Gradio's own Sketchpad reports a stroke when it ends and writes each report to a file; here the picture travels as a
data address in the event, about ten times a second.
"""

import json
from html import escape
from pathlib import Path

import gradio as gr

FOLDER = Path(__file__).parent


def canvas(elem_id: str) -> gr.HTML:
    """The component; its value is a PNG data address, "" while nothing is drawn, and `input` fires on each change."""
    examples = json.loads((FOLDER / "examples" / "digits.json").read_text())
    buttons = "".join(
        f'<button type="button" class="example" data-strokes="{escape(json.dumps(strokes))}" '
        f'aria-label="Draw a {escape(name)}">{escape(name)}</button>'
        for name, strokes in examples.items()
    )
    template = (
        '<div class="field"><canvas width="280" height="280" role="img" aria-label="Drawing field"></canvas>'
        '<div class="hint">Draw a digit here</div></div>'
        f'<div class="tools"><button type="button" class="clear">Clear</button><span>Try</span>{buttons}</div>'
    )
    return gr.HTML(
        value="",
        html_template=template,
        css_template=(FOLDER / "canvas.css").read_text(),
        js_on_load=(FOLDER / "canvas.js").read_text(),
        elem_id=elem_id,
    )
