"""Chest X-ray: three calibrated probabilities, two ways to say "I do not know", and where the network looked."""

from html import escape
from pathlib import Path

import gradio as gr
from PIL import Image

from fovea import ModelSpec, Prediction, decode
from fovea.dicom import Film, is_dicom, read_dicom
from space.about import about
from space.answering import answer_when, endpoint
from space.answers import bars, headline, no_answer
from space.credits import example_buttons
from space.film_file import film_file
from space.film_view import view
from space.overlay import layers, overlay, placeholder
from space.pictures import read_address
from space.shipped import ShippedModels

EXAMPLES = Path(__file__).parents[1] / "examples" / "chest_xray"
MAX_ADDRESS_CHARS = 28_000_000  # 20 MB of file in base64
PLACE = "The film will stand here, with its grey window and where the network looked."
PROMPT = "Upload a frontal chest film, or click an example."
UNLIKE = "This does not look like a frontal chest X-ray"
WARNING = (
    "<b>Research and teaching only. Not a medical device.</b> No decision about a patient may rest on this page. "
    "Do not upload films that name a patient."
)
EXAMPLES_NOTE = "Examples: a drawn phantom, not a patient, as PNG and as DICOM (CR, 12 bits, MONOCHROME1)."


def build(models: ShippedModels) -> None:
    """Fill the tab that is open in the current Blocks."""
    model = models.get("chest_xray")
    spec = model.spec

    def read(content: bytes | None) -> tuple[str, str]:
        if content is None:
            return blank()
        film = read_dicom(content) if is_dicom(content) else None
        image = film.render() if film else decode(content, channels=1)
        prediction = model.predict(image)
        return answer(prediction, spec, film), look(prediction, image, film, spec.detail_px)

    def read_chest_film(film: str) -> dict[str, float | str]:
        """Read a frontal chest X-ray. Research and teaching only, not a medical device.

        Args:
            film: a PNG, JPEG or DICOM file as a base64 data address ("data:application/dicom;base64,...").

        Returns:
            "decision" (a class, "not sure" or "unlike a frontal chest film"), the calibrated probability of each class,
            and "ood_score": at 1 and above the image is unlike the training films.
        """
        if len(film) > MAX_ADDRESS_CHARS:
            raise gr.Error(f"The film is {len(film):,} characters long; at most {MAX_ADDRESS_CHARS:,} are read.")
        prediction = model.predict(read_address(film))
        return {
            "decision": decision(prediction, spec),
            **dict(prediction.top(len(prediction.classes))),
            "ood_score": prediction.ood_score or 0.0,
        }

    gr.HTML(f'<p class="fovea-warning" role="note">{WARNING}</p>', elem_id="chest-warning")
    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            field = film_file("chest-film")
            gr.HTML('<p class="fovea-credits">The file is deleted as soon as it is read; nothing of it is stored.</p>')
            example_buttons([EXAMPLES / "phantom.png", EXAMPLES / "phantom.dcm"], field)
            gr.HTML(f'<p class="fovea-credits">{escape(EXAMPLES_NOTE)}</p>')
            answer_view = gr.HTML(blank()[0], elem_id="chest-answer")
        with gr.Column(min_width=300):
            look_view = overlay("chest-look", blank()[1])
    about(model)
    answer_when(field.change, read, field, [answer_view, look_view], blank)
    endpoint(read_chest_film, "chest_xray")


def blank(reason: str = "") -> tuple[str, str]:
    """Both views while there is no film, or none that can be read."""
    return no_answer(PROMPT, reason), placeholder(PLACE)


def decision(prediction: Prediction, spec: ModelSpec) -> str:
    """A class, "not sure" or "unlike a frontal chest film"."""
    best, probability = prediction.top(1)[0]
    if prediction.ood_score is not None and prediction.ood_score >= 1:
        return "unlike a frontal chest film"
    if spec.abstain_below is not None and probability < spec.abstain_below:
        return "not sure"
    return best


def answer(prediction: Prediction, spec: ModelSpec, film: Film | None) -> str:
    decided = decision(prediction, spec)
    ranked = prediction.top(len(prediction.classes))
    best, probability = ranked[0]
    if decided == "unlike a frontal chest film":
        note = (
            f"It lies {prediction.ood_score:.1f} times as far from the training films as the limit that nearly all "
            "chest films keep, so the numbers below mean nothing for it."
        )
        head = headline(UNLIKE, note, size="words unlike")
    elif decided == "not sure":
        note = (
            f"The most probable class, {best}, has {probability * 100:.0f} %; below "
            f"{(spec.abstain_below or 0) * 100:.0f} % this model does not answer."
        )
        head = headline("Not sure", note, size="words unsure")
    else:
        head = headline(best, f"{probability * 100:.0f} %", size="words")
    is_answer = decided in spec.classes
    meaning = spec.meanings[spec.classes.index(best)] if spec.meanings and is_answer else ""
    return head + bars(ranked, best if is_answer else None) + _notes([meaning, *(film.unsaid if film else ())], spec)


def _notes(sentences: list[str], spec: ModelSpec) -> str:
    """What the answer means, what the file leaves open or how it was turned, and what the percentages are."""
    ece = spec.metric("ece")
    if ece:
        sentences = [
            *sentences,
            f"The percentages are calibrated on films of the same hospitals: there they differ from the share that "
            f"turned out right by {ece.value * 100:.1f} points on average (n = {ece.n:,}). The card has children and "
            "adults apart. On films of other hospitals they are less reliable.",
        ]
    return "".join(f'<p class="fovea-meaning">{escape(sentence)}</p>' for sentence in sentences if sentence)


def look(prediction: Prediction, image: Image.Image, film: Film | None, detail_px: int | None) -> str:
    assert prediction.heatmaps is not None  # every chest X-ray model is exported with them
    best = int(prediction.probabilities.argmax())
    width, height = image.size
    return layers(view(image, film, detail_px), prediction.heatmaps, prediction.classes, best, height, width)
