"""Objects: which one it is, by two networks that see the same 32 x 32 pixels, side by side."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from fovea import Model, ModelSpec, Prediction, Reason
from fovea.listing import either
from space.about import about
from space.answer_html import TOP, bars, heading, headline, no_answer, paragraphs
from space.answer_html import verdict as verdict_of_one
from space.credits import credits_line
from space.decoding import read_upload
from space.endpoints import ANSWER, classifying_endpoint
from space.events import answer_when
from space.live import live_html
from space.model_folder import ModelFolder
from space.overlay import overlay, placeholder
from space.photo import photo
from space.photo_overlay import photo_under_heatmaps
from space.pictures import png
from space.thumbnails import example_rows

EXAMPLES = Path(__file__).parents[1] / "examples" / "objects"
NETWORKS = {"GoogLeNet": "objects", "Inception-v3": "objects_inception_v3"}  # its name, and its file's
PROMPT = "Upload a photo, take one, paste one, or click an example."
PLACE = "Where the network looked will appear here."
TOGETHER = (
    '"decision": the class that all networks name, or "abstain". '
    '"reasons": why, "disagreement" where they do not say the same. '
    '"networks": the answer of each, by its name: {names}. Of each answer,'
)
NO_MODEL = "There is no objects.onnx among the models. Run `python -m export objects`."


@dataclass(frozen=True)
class Reply:
    """What one network says of a photo, and how long it took from the decoded photo to its answer."""

    network: str
    model: Model
    upright: Image.Image
    prediction: Prediction
    seconds: float

    @property
    def unlike(self) -> str:
        return f"This looks like none of the {len(self.model.spec.classes)} kinds of object"

    @property
    def opinion(self) -> str:
        """To stand after the network's name."""
        decision = self.prediction.decision
        if Reason.UNLIKE_TRAINING in decision.reasons:
            return f"finds it unlike all {len(self.model.spec.classes)}"
        return "is not sure" if decision.class_name is None else f"says {decision.class_name}"


def build(models: ModelFolder) -> None:
    """Fill the tab that is open in the current Blocks, with the networks whose files are there."""
    networks = {name: model for name, file in NETWORKS.items() if (model := models.find(file)) is not None}
    if not networks:
        gr.Markdown(NO_MODEL)
        return

    def blank(reason: str = "") -> tuple[str, ...]:
        """Every view while there is no photo, or none that can be read."""
        return no_answer(PROMPT, reason), seen(spec), *(["", placeholder(PLACE)] * len(networks))

    def read(image: bytes | None) -> tuple[str, ...]:
        if image is None:
            return blank()
        replies = ask(networks, image)
        beside = [
            shown
            for reply in replies
            for shown in (
                words(reply, len(replies)),
                photo_under_heatmaps(reply.prediction, reply.model.spec, reply.upright),
            )
        ]
        return verdict(replies), seen(spec, replies[0].prediction), *beside

    def classify(content: bytes) -> dict[str, Any]:
        return as_dict(ask(networks, content))

    spec = next(iter(networks.values())).spec
    is_pair = len(networks) > 1
    with gr.Row(equal_height=False, elem_classes="fovea-columns"):
        with gr.Column(min_width=300):
            field = photo("objects-photo")
            example_rows(EXAMPLES, field)
        with gr.Column(min_width=300):
            views = [live_html(blank()[0], elem_id="objects-verdict"), gr.HTML(seen(spec), elem_id="objects-seen")]
            if not is_pair:
                views += [view for name, model in networks.items() for view in section(name, model, is_pair=False)]
    if is_pair:
        with gr.Row(equal_height=False):
            for name, model in networks.items():
                with gr.Column(min_width=300):
                    views += section(name, model, is_pair=True)
    gr.HTML(credits_line(EXAMPLES, "Examples, made smaller, some cut out and laid on white."))
    answer_when(field.change, read, field, views, blank, show_progress="minimal")
    purpose = f"Name the object in a photo: {either(spec.classes)}."
    answer = f"{TOGETHER} {ANSWER}".format(names=", ".join(networks))
    classifying_endpoint(classify, "objects", purpose, answer)


def ask(networks: dict[str, Model], content: bytes) -> list[Reply]:
    """Every network's reply to the image file `content`. Raises FoveaError with what is wrong with it."""
    replies = []
    upright = read_upload(content, channels=3).image
    for name, model in networks.items():
        started = time.perf_counter()
        prediction = model.predict(upright)
        replies.append(Reply(name, model, upright, prediction, time.perf_counter() - started))
    return replies


def as_dict(replies: Sequence[Reply]) -> dict[str, Any]:
    """The answer for JSON: what the networks say together, and the answer of each by its name."""
    answers = {reply.network: reply.prediction.as_dict() for reply in replies}
    first = answers[replies[0].network]
    is_agreed = len({reply.opinion for reply in replies}) == 1
    return {
        "decision": first["decision"] if is_agreed else "abstain",
        "reasons": first["reasons"] if is_agreed else ["disagreement"],
        "networks": answers,
    }


def section(name: str, model: Model, *, is_pair: bool) -> list[gr.HTML]:
    """One network's part of the page, in the current column; its two views."""
    gr.HTML(title(name, model), elem_classes="fovea-network")
    file = model.path.stem
    views = [gr.HTML(elem_id=f"{file}-answer"), overlay(f"{file}-look", placeholder(PLACE))]
    about(model, name if is_pair else "")
    return views


def title(name: str, model: Model) -> str:
    """The network's name, its size, and how often it is right."""
    accuracy = model.spec.metric("accuracy")
    facts = [f"{model.spec.parameters:,} parameters"]
    if accuracy is not None:
        data = model.spec.training_data.partition(" (")[0]
        facts.append(f"right on {accuracy.value * 100:.1f} % of {accuracy.n:,} test images ({data})")
    return f"<h3>{escape(name)}</h3><p>{escape(', '.join(facts))}</p>"


def verdict(replies: Sequence[Reply]) -> str:
    """What the networks say together, in words; of one network, its answer."""
    first = replies[0]
    if len(replies) == 1:
        return head(first)
    if len({reply.opinion for reply in replies}) == 1:
        said, size = heading(first.prediction, first.unlike)
        return headline(said, f"{' and '.join(reply.network for reply in replies)} agree.", size)
    opinions = ", ".join(f"{reply.network} {reply.opinion}" for reply in replies)
    return headline("The networks disagree", f"{opinions}.", "words unlike")


def head(reply: Reply) -> str:
    """One network's class, or its doubt."""
    return verdict_of_one(reply.prediction, reply.model.spec, reply.unlike)


def words(reply: Reply, count: int) -> str:
    """One network of `count`: its answer, where that is not the verdict already, its top five and the time it took."""
    rows = bars(reply.prediction.top(TOP), reply.prediction.decision.class_name)
    took = paragraphs([f"Answered in {reply.seconds * 1000:.0f} ms."])
    return (head(reply) if count > 1 else "") + rows + took


def seen(spec: ModelSpec, prediction: Prediction | None = None) -> str:
    """The pixels that the networks take, drawn large; an empty frame where there is no photo yet."""
    size = f"{spec.width} x {spec.height} pixels"
    picture = '<div class="blank"></div>'
    if prediction is not None:
        picture = f'<img src="{png(prediction.pixels)}" alt="the photo at {size}">'
    text = f"All that a network sees: the middle of the photo at {size}, the size of its training images."
    return f'<div class="fovea-seen large">{picture}<p>{text}</p></div>'
