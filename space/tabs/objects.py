"""Objects: which of ten it is, by two networks that see the same 32 x 32 pixels, side by side."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import gradio as gr
from PIL import Image

from fovea import Model, ModelSpec, Prediction, decode, fit
from space.about import about
from space.answering import answer_when, endpoint
from space.answers import bars, headline, no_answer
from space.credits import credits_line, example_buttons, example_files
from space.overlay import layers, overlay, placeholder
from space.photo import photo
from space.pictures import read_address, rgb
from space.shipped import ShippedModels

EXAMPLES = Path(__file__).parents[1] / "examples" / "objects"
NETWORKS = {"GoogLeNet": "objects", "Inception-v3": "objects_inception_v3"}  # its name, and its file's
TOP = 5
PICTURE_PX = 384  # longest side of the photo under a heatmap
MAX_ADDRESS_CHARS = 14_000_000  # 10 MB of image in base64
PROMPT = "Upload a photo, take one, paste one, or click an example."
PLACE = "Where the network looked will stand here."
UNLIKE = "This does not look like one of these ten"
NO_MODEL = "There is no objects.onnx among the models; `python -m export objects` makes it."


@dataclass(frozen=True)
class Answer:
    """What one network says of a photo, and how long it took from the decoded photo to its answer."""

    network: str
    model: Model
    upright: Image.Image
    prediction: Prediction
    seconds: float

    @property
    def is_unlike(self) -> bool:
        score = self.prediction.ood_score
        return score is not None and score >= 1

    @property
    def best(self) -> str:
        return self.prediction.top(1)[0][0]


def build(models: ShippedModels) -> None:
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
        answers = ask(networks, image)
        beside = [view for answer in answers for view in (words(answer, len(answers)), look(answer))]
        return verdict(answers), seen(spec, answers[0].prediction), *beside

    def classify_object(image: str) -> dict[str, dict[str, float]]:
        """Name the thing on a photo: airplane, automobile, bird, cat, deer, dog, frog, horse, ship or truck.

        Args:
            image: a PNG, JPEG, WebP or TIFF as a base64 data address ("data:image/png;base64,...").

        Returns:
            For each network the probability of each class, and "ood_score": at 1 and above the photo is unlike the
            training images.
        """
        if len(image) > MAX_ADDRESS_CHARS:
            raise gr.Error(f"The image is {len(image):,} characters long; at most {MAX_ADDRESS_CHARS:,} are read.")
        answers = ask(networks, read_address(image))
        return {answer.network: figures(answer.prediction) for answer in answers}

    spec = next(iter(networks.values())).spec
    is_pair = len(networks) > 1
    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            field = photo("objects-photo")
            example_buttons(example_files(EXAMPLES), field)
        with gr.Column(min_width=300):
            views = [gr.HTML(blank()[0], elem_id="objects-verdict"), gr.HTML(seen(spec), elem_id="objects-seen")]
            if not is_pair:
                views += [view for name, model in networks.items() for view in section(name, model, is_pair=False)]
    if is_pair:
        with gr.Row(equal_height=False):
            for name, model in networks.items():
                with gr.Column(min_width=300):
                    views += section(name, model, is_pair=True)
    gr.HTML(credits_line(EXAMPLES, "Examples, made smaller, some cut out and laid on white."))
    answer_when(field.change, read, field, views, blank, show_progress="minimal")
    endpoint(classify_object, "objects")


def ask(networks: dict[str, Model], content: bytes) -> list[Answer]:
    """Every network's answer to the image file `content`. Raises FoveaError with what is wrong with it."""
    answers = []
    upright = decode(content, channels=3)
    for name, model in networks.items():
        started = time.perf_counter()
        prediction = model.predict(upright)
        answers.append(Answer(name, model, upright, prediction, time.perf_counter() - started))
    return answers


def figures(prediction: Prediction) -> dict[str, float]:
    return dict(prediction.top(len(prediction.classes))) | {"ood_score": prediction.ood_score or 0.0}


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
    return f"<h3>{escape(name)}</h3><p>{escape('; '.join(facts))}</p>"


def verdict(answers: Sequence[Answer]) -> str:
    """What the networks say together, in words; of one network, its answer."""
    if len(answers) == 1:
        return head(answers[0])
    said = {None if answer.is_unlike else answer.best for answer in answers}
    names = " and ".join(answer.network for answer in answers)
    if said == {None}:
        return headline(UNLIKE, f"{names} agree on that.", "words unlike")
    if len(said) == 1:
        return headline(answers[0].best, f"{names} agree.", "words")
    parts = [f"{a.network} finds it unlike all ten" if a.is_unlike else f"{a.network} says {a.best}" for a in answers]
    return headline("The networks disagree", f"{', '.join(parts)}.", "words unlike")


def head(answer: Answer) -> str:
    """One network's class, or its doubt."""
    best, probability = answer.prediction.top(1)[0]
    if answer.is_unlike:
        return headline(UNLIKE, _distance(answer, best), "words unlike")
    return headline(best, f"{probability * 100:.1f} %", "words")


def words(answer: Answer, count: int) -> str:
    """One network of `count`: its answer, where that is not the verdict already, its top five and the time it took."""
    rows = bars(answer.prediction.top(TOP), None if answer.is_unlike else answer.best)
    took = f'<p class="fovea-meaning">Answered in {answer.seconds * 1000:.0f} ms.</p>'
    return (head(answer) if count > 1 else "") + rows + took


def _distance(answer: Answer, best: str) -> str:
    kept = answer.model.spec.metric("in_distribution", "val")
    whose = "the limit" if kept is None else f"the limit that {kept.value * 100:.0f} % of the validation images keep"
    return (
        f"It lies {answer.prediction.ood_score:.1f} times as far from the training images as {whose}. "
        f"Of the ten it would be nearest to {best}."
    )


def look(answer: Answer) -> str:
    """The photo as the network frames it, at the page's resolution, under the heatmaps."""
    spec, prediction = answer.model.spec, answer.prediction
    assert prediction.heatmaps is not None  # every object model is exported with them
    scale = PICTURE_PX / max(spec.height, spec.width)
    height, width = round(spec.height * scale), round(spec.width * scale)
    picture = rgb(fit(answer.upright, spec.fit, height, width))
    best = int(prediction.probabilities.argmax())
    return layers(picture, prediction.heatmaps, prediction.classes, best, height, width)


def seen(spec: ModelSpec, prediction: Prediction | None = None) -> str:
    """The pixels that the networks take, drawn large; an empty frame where there is no photo yet."""
    size = f"{spec.width} x {spec.height} pixels"
    picture = '<div class="blank"></div>'
    if prediction is not None:
        picture = f'<img src="{rgb(prediction.pixels)}" alt="the photo at {size}">'
    text = f"All that a network sees: the middle of the photo at {size}, the size of its training images."
    return f'<div class="fovea-seen large">{picture}<p>{text}</p></div>'
