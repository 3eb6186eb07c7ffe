"""A tab for any file that classifies, made from its spec: a photo, the answer, and where the network looked."""

from functools import partial
from pathlib import Path

import gradio as gr
from PIL import Image

from fovea import Model, UnreadableImageError
from fovea.listing import either
from space.about import about
from space.answer_html import answer, no_answer
from space.card import answer_words, card, card_button
from space.credits import credits_line
from space.decoding import read_upload
from space.endpoints import model_endpoint
from space.events import answer_when
from space.live import live_html
from space.metric_words import network_words
from space.overlay import overlay
from space.photo import photo
from space.photo_overlay import photo_under_heatmaps
from space.thumbnails import example_rows

PROMPT = "Upload a photo, take one, paste one, or click an example."
PROMPT_ALONE = "Upload a photo, take one, or paste one."


def build(model: Model, name: str) -> None:
    """Fill the tab that is open in the current Blocks; `name` is that of the endpoint."""
    spec = model.spec
    classifier(model, name, purpose=f"Classify an image with the model {spec.title}: {either(spec.classes)}.")


def classifier(model: Model, name: str, *, purpose: str, kinds: str = "classes", examples: Path | None = None) -> None:
    """Fill the tab: photo on the left, answer and heatmap on the right, panels below, and an endpoint.

    `purpose` tells programs in a sentence what the model does, and `kinds` is what its classes are, in the plural.
    `examples` is a folder of photos with its credits.json.
    """
    blank = partial(blanked, PROMPT if examples else PROMPT_ALONE)

    def read(content: bytes | None) -> tuple[str, str]:
        return blank() if content is None else answered(model, content, kinds)

    def made(content: bytes | None) -> Image.Image:
        if content is None:
            raise UnreadableImageError("Show a photo first.")
        decoded = read_upload(content, model.spec.channels)
        words = answer_words(model.predict(decoded), unlike_any(model, kinds))
        return card(decoded.image, network_words(model.spec.title), *words)

    with gr.Row(equal_height=False, elem_classes="fovea-columns"):
        with gr.Column(min_width=300):
            field = photo(f"model-{name}-photo")
            if examples:
                example_rows(examples, field)
        with gr.Column(min_width=300):
            answer_view = live_html(blank()[0], elem_id=f"model-{name}-answer")
            look_view = overlay(f"model-{name}-look")
            if examples:
                card_button(field, made, f"model-{name}-card")
    about(model)
    if examples:
        gr.HTML(credits_line(examples, "Examples, made smaller."))
    answer_when(field.change, read, field, [answer_view, look_view], blank, show_progress="minimal")
    model_endpoint(model, name, purpose)


def blanked(prompt: str, reason: str = "") -> tuple[str, str]:
    """Both views while there is no photo, or none that can be read."""
    return no_answer(prompt, reason), ""


def answered(model: Model, content: bytes, kinds: str) -> tuple[str, str]:
    """Both views for an image file. Raises FoveaError with what is wrong with it."""
    decoded = read_upload(content, model.spec.channels)
    prediction = model.predict(decoded)
    said = answer(prediction, model.spec, unlike_any(model, kinds))
    return said, photo_under_heatmaps(prediction, model.spec, decoded.image)


def unlike_any(model: Model, kinds: str) -> str:
    """The answer to a photo that is unlike the training images."""
    return f"This looks like none of the {len(model.spec.classes)} {kinds}"
