"""A field to draw on, with mouse, finger or pen; its strokes are sent while the hand still moves, and never stored.

Gradio's own Sketchpad reports a stroke when it ends and writes each report to a file. Here the strokes travel in the
event, about ten times a second: no browser can blur or scramble them, as some do with the pixels of a canvas.
"""

import json
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

import gradio as gr

from space.strokes import FIELD_PX, PEN_PX, Strokes, example_strokes

FOLDER = Path(__file__).parent
SCRIPTS = ("strokes", "pointers", "tools", "link", "take_early")
LINK_CHARS = 8000
LINK_LABEL = "Copy a link to it"
# the end of it is what link.js reads
COPY = """async (value) => {
  if (!value) return "Draw something first";
  const places = JSON.parse(value).map((stroke) => stroke.map((point) => point.map(Math.round).join("-")).join("."));
  const strokes = places.join("_");
  if (strokes.length > LINK_CHARS) return "The drawing is too long for a link";
  const address = new URL(window.location.href);
  address.search = `?tab=digits&strokes=${strokes}`;
  window.history.replaceState(window.history.state, "", address);
  try {
    await navigator.clipboard.writeText(address.href);
    return "Link copied";
  } catch {
    return "The link is in the address bar";
  }
}""".replace("LINK_CHARS", str(LINK_CHARS))
BACK = f"() => new Promise((done) => setTimeout(() => done({json.dumps(LINK_LABEL)}), 2500))"


def canvas(elem_id: str) -> gr.HTML:
    """The component; its value is what `read_strokes` takes, "" while it is blank, and `input` fires on each change."""
    return gr.HTML(
        value="",
        html_template=field_html(),
        css_template=(FOLDER / "canvas.css").read_text(),
        js_on_load=script(SCRIPTS),
        elem_id=elem_id,
        field_px=FIELD_PX,
        link_chars=LINK_CHARS,
        pen_px=PEN_PX,
    )


def field_html() -> str:
    """The field with its examples and tools."""
    digits, fooling = example_strokes()
    return (
        '<div class="field"><canvas width="560" height="560" role="img" '
        'aria-label="Drawing field. The buttons below it draw a digit without a pointer."></canvas>'
        '<div class="hint">Draw a digit here</div></div>'
        f'<div class="digits" role="group" aria-label="Examples">{_buttons(digits)}</div>'
        '<div class="tools"><button type="button" class="undo" disabled>Undo</button>'
        '<button type="button" class="clear">Clear</button>'
        f'<span class="fooling" role="group" aria-label="Fool it"><span aria-hidden="true">Fool it</span>'
        f"{_buttons(fooling)}</span></div>"
    )


def script(names: Iterable[str]) -> str:
    """The scripts of these names in one, which share what they declare."""
    return "\n".join((FOLDER / f"{name}.js").read_text() for name in names)


def link_button(field: gr.HTML, elem_id: str) -> None:
    """A button that copies a link to the drawing in `field`; what it holds opens as that drawing."""
    button = gr.Button(LINK_LABEL, size="sm", elem_id=elem_id)
    copied = button.click(None, field, button, js=COPY, api_visibility="private")
    copied.then(None, None, button, js=BACK, api_visibility="private")


def _buttons(examples: Mapping[str, Strokes]) -> str:
    return "".join(
        f'<button type="button" class="example" data-strokes="{escape(json.dumps(strokes))}" '
        f'aria-label="Draw {escape(name)}">{escape(name)}</button>'
        for name, strokes in examples.items()
    )
