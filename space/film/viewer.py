"""The film on the page: zoom, pan, full screen, its greys, and the heat of a class where the reader asks for it."""

from html import escape
from pathlib import Path

import gradio as gr

from fovea import DecodedImage, ModelSpec, Prediction, Reason
from space.film.controls import film_controls, film_images, notes
from space.film.heat_words import heat_in_words
from space.film.view import view
from space.film.words import in_words
from space.heat import contributions, legend
from space.overlay import class_buttons, heat_images, heat_style, opacity_slider, overlay

FOLDER = Path(__file__).parent
PARTS = ("window.js", "zoom.js", "pointers.js", "tools.js", "keys.js", "film.css")
STAGE = "The film. Plus and minus zoom, F is full screen, further keys are listed below it."
NO_HEAT = "No heat"
REFUSED = "There is no heatmap, because the model refuses this film."
NOT_A_PLACE = "A heatmap does not say where a disease is."
KEYS = {
    "+ and -": "zoom",
    "0": "the whole film",
    "Arrows": "move the film, once it is zoomed",
    "Shift and arrows": "change the grey window: left and right its width, up and down its brightness",
    "1 to 9": "the ways to show the film, in their order",
    "H": "heat on and off",
    "M and G": "drag to move, or to change the grey window",
    "F": "full screen",
}
GESTURES = (
    "Click the film first, then use the keys or turn the wheel to zoom. On a touch screen, spread two fingers. "
    "The right mouse button always moves the film."
)


def film_viewer(elem_id: str, value: str) -> gr.HTML:
    """The component; `film_html` makes its value."""
    return overlay(elem_id, value, [FOLDER / part for part in PARTS])


def film_html(prediction: Prediction, decoded: DecodedImage, spec: ModelSpec) -> str:
    """The film in its greys. Heat is off until it is asked for, and a refused film has none."""
    film = view(decoded, spec.detail_px)
    said = in_words(prediction)
    is_refused = Reason.UNLIKE_TRAINING in said.decision.reasons
    heats = "" if is_refused else heat_images(contributions(said), said.classes, None)
    best = said.classes.index(said.most_probable)
    width, height = decoded.image.size
    heat = notes([REFUSED]) if is_refused else _heat(said)
    return (
        f'<div class="overlay film" style="{heat_style()}" data-heat="{best}">'
        f'<div class="stage" tabindex="0" role="group" aria-label="{STAGE}">'
        f'<div class="stack" style="--aspect:{width / height:.4f}">{film_images(film)}{heats}</div></div>'
        f'<div class="panel">{_tools()}<h4>Greys</h4>{film_controls(film)}{heat}{_keys()}</div></div>'
    )


def _tools() -> str:
    """What a drag does, zoom, and full screen."""
    drags = "".join(
        f'<button type="button" data-drag="{drag}" aria-pressed="{str(drag == "move").lower()}">{name}</button>'
        for drag, name in (("move", "Move"), ("window", "Grey window"))
    )
    zooms = "".join(
        f'<button type="button" data-zoom="{zoom}" aria-label="{name}">{sign}</button>'
        for zoom, name, sign in (
            ("out", "Zoom out", "\N{MINUS SIGN}"),
            ("whole", "Show the whole film", "100 %"),
            ("in", "Zoom in", "+"),
        )
    )
    return (
        f'<div class="tools"><div class="choices" role="group" aria-label="What a drag on the film does">{drags}</div>'
        f'<div class="choices" role="group" aria-label="Zoom">{zooms}</div>'
        '<button type="button" class="full">Full screen</button></div>'
    )


def _keys() -> str:
    rows = "".join(f"<dt>{escape(keys)}</dt><dd>{escape(does)}</dd>" for keys, does in KEYS.items())
    return f"<details><summary>Keys and gestures</summary><p>{escape(GESTURES)}</p><dl>{rows}</dl></details>"


def _heat(prediction: Prediction) -> str:
    """The choice of a class, off at first, with what its heatmap is to be taken for."""
    assert prediction.heatmaps is not None  # every chest X-ray model is exported with them
    told = "".join(
        f'<p class="note heat-note" data-class="{index}" hidden>{escape(heat_in_words(*one))}</p>'
        for index, one in enumerate(
            zip(prediction.classes, map(float, prediction.probabilities), prediction.heatmaps, strict=True)
        )
    )
    return (
        f"<h4>Where the network looked</h4>{class_buttons(prediction.classes, None, NO_HEAT)}{told}"
        f"{opacity_slider()}{legend()}{notes([NOT_A_PLACE])}"
    )
