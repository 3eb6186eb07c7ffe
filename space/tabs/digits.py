"""Digits: draw one, and watch LeNet-5 read it while you draw, layer by layer."""

from functools import partial
from html import escape

import gradio as gr
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import Layer, Model, ModelSpec, Prediction
from fovea.listing import either
from space.about import about
from space.answer_html import bars, no_answer, paragraphs, verdict
from space.canvas import canvas, link_button
from space.card import answer_words, card, card_button
from space.digit_steps import steps_html
from space.endpoints import model_endpoint
from space.events import answer_when
from space.live import live_html
from space.metric_words import network_words
from space.model_folder import ModelFolder
from space.pictures import heat, heat_image
from space.strokes import drawn, read_strokes

UNLIKE = "This does not look like one digit"
MAPS_ON_CARD = ((0, 6), (2, 8))  # of the layers that are shown, and how many maps stand beside each other
PLAIN = {  # by the layer's output
    "act1": "Each map looks for one small pattern, such as an edge. It is bright where the pattern is.",
    "pool1": "The same maps at half the size. The strongest find of each small area stays.",
    "act2": "Each map looks for a pattern made of those before it, such as a corner or a bend.",
    "pool2": "Half the size again: what was found stays, and where exactly counts less.",
    "act3": "Each number stands for a pattern of the whole digit.",
    "act4": "Each number weighs those patterns against each other.",
    "logits": "One number for each digit. The largest one wins.",
}
TILE_PX = {28: 84, 14: 63, 10: 50, 5: 40}


def build(models: ModelFolder) -> None:
    """Fill the tab that is open in the current Blocks."""
    model = models.get("digits")

    def read(text: str) -> tuple[str, str, str]:
        strokes = read_strokes(text) if text else []
        if not strokes:
            return blank(model)
        prediction = model.predict(drawn(strokes))
        return answer(prediction, model.spec), steps_html(strokes, model.spec.height), layers(model, prediction)

    def made(text: str) -> Image.Image:
        drawing = drawn(read_strokes(text or "[]"))
        prediction = model.predict(drawing)
        return card(
            drawing, network_words(model.spec.title), *answer_words(prediction, UNLIKE), rows_of_maps(model, prediction)
        )

    empty = blank(model)
    with gr.Row(equal_height=False, elem_classes="fovea-columns"):
        with gr.Column(min_width=300):
            field = canvas("digits-canvas")
            with gr.Row(elem_classes="fovea-share"):
                card_button(field, made, "digits-card")
                link_button(field, "digits-link")
        with gr.Column(min_width=300):
            answer_view = live_html(empty[0], elem_id="digits-answer")
            steps_view = gr.HTML(empty[1], elem_id="digits-steps")
    gr.Markdown("### What each layer makes of it")
    layers_view = gr.HTML(empty[2], elem_id="digits-layers")
    about(model)
    views = [answer_view, steps_view, layers_view]
    live = {"show_progress": "hidden", "trigger_mode": "always_last"}
    answer_when(field.input, read, field, views, partial(blank, model), **live)
    model_endpoint(model, "digits", f"Read one handwritten digit: {either(model.spec.classes)}.")


def blank(model: Model, reason: str = "") -> tuple[str, str, str]:
    """The three views while nothing is drawn, or nothing that can be read: no digit is named."""
    rows = bars([(name, 0.0) for name in model.spec.classes], best=None)
    said = no_answer("Draw a digit, or click an example.", reason)
    return said + rows, steps_html([], model.spec.height), "".join(_layer(x, _tiles(x)) for x in shown(model))


def answer(prediction: Prediction, spec: ModelSpec) -> str:
    """The digit in large type, and a bar for each in the order of the digits."""
    shares = list(zip(prediction.classes, prediction.probabilities.tolist(), strict=True))
    said = verdict(prediction, spec, UNLIKE, class_size="")
    return said + paragraphs(prediction.warnings) + bars(shares, prediction.decision.class_name)


def shown(model: Model) -> list[Layer]:
    """The layers worth a row: after activation and after pooling, without the raw convolutions."""
    return [x for x in model.spec.layers if x.output.startswith(("act", "pool")) or x.output == "logits"]


def layers(model: Model, prediction: Prediction) -> str:
    return "".join(_layer(layer, _maps(prediction.feature_maps[layer.output])) for layer in shown(model))


def rows_of_maps(model: Model, prediction: Prediction) -> list[list[Image.Image]]:
    """The maps of MAPS_ON_CARD as pictures."""
    rows = []
    for place, columns in MAPS_ON_CARD:
        maps = [heat_image(each) for each in prediction.feature_maps[shown(model)[place].output]]
        rows += [maps[start : start + columns] for start in range(0, len(maps), columns)]
    return rows


def _layer(layer: Layer, pictures: str) -> str:
    shape = " x ".join(map(str, layer.shape))
    return (
        f'<section class="fovea-layer"><header><b>{escape(layer.title)}</b><span>{shape}</span>'
        f'</header><p>{PLAIN.get(layer.output, "")}</p><div class="fovea-maps">{pictures}</div></section>'
    )


def _maps(activation: NDArray[np.float32]) -> str:
    if activation.size == len(activation):  # units: one strip, one cell each
        return f'<img class="fovea-strip" src="{heat(activation.reshape(1, -1))}" alt="{len(activation)} units">'
    side = _side(activation.shape[-1])
    return "".join(
        f'<img src="{heat(channel)}" width="{side}" height="{side}" alt="map {index + 1}">'
        for index, channel in enumerate(activation)
    )


def _tiles(layer: Layer) -> str:
    """As much room as the maps will take, so that the page stays where it is when they come."""
    if layer.shape[-1] == 1 or len(layer.shape) == 1:
        return '<span class="fovea-strip"></span>'
    side = _side(layer.shape[-1])
    return f'<span class="tile" style="width:{side}px;height:{side}px"></span>' * layer.shape[0]


def _side(pixels: int) -> int:
    return TILE_PX.get(pixels, 56)
