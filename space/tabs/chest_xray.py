"""Chest X-ray: calibrated probabilities, two ways to say "I do not know", and where the network looked."""

from html import escape
from pathlib import Path

import gradio as gr

from fovea import DecodedImage, ModelSpec, Prediction
from fovea.listing import either
from space.about import about
from space.answer_html import answer, no_answer, paragraphs
from space.credits import example_buttons
from space.decoding import read_upload
from space.endpoints import FILM, model_endpoint
from space.events import answer_when
from space.film_file import film_file
from space.film_view import view
from space.model_folder import ModelFolder
from space.overlay import overlay, overlay_html, placeholder

EXAMPLES = Path(__file__).parents[1] / "examples" / "chest_xray"
PLACE = "The film will appear here, with its grey window and where the network looked."
PROMPT = "Upload a frontal chest film, or click an example."
UNLIKE = "This does not look like a frontal chest X-ray"
WARNING = (
    "<b>Research and teaching only. Not a medical device.</b> No decision about a patient may rest on this page. "
    "Do not upload films that name a patient."
)
EXAMPLES_NOTE = "Examples: a drawn phantom, not a patient, as PNG and as DICOM (CR, 12 bits, MONOCHROME1)."
PURPOSE = "Read a frontal chest X-ray: {classes}. For research and teaching only. Not a medical device."


def build(models: ModelFolder) -> None:
    """Fill the tab that is open in the current Blocks."""
    model = models.get("chest_xray")
    spec = model.spec

    def read(content: bytes | None) -> tuple[str, str]:
        if content is None:
            return blank()
        decoded = read_upload(content, spec.channels)
        prediction = model.predict(decoded)
        return answer_on_film(prediction, spec) + privacy(decoded), film_under_heatmaps(
            prediction, decoded, spec.detail_px
        )

    gr.HTML(f'<p class="fovea-warning" role="note">{WARNING}</p>', elem_id="chest-warning")
    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            field = film_file("chest-film")
            gr.HTML('<p class="fovea-credits">The file is deleted as soon as it is read. Nothing of it is stored.</p>')
            example_buttons([EXAMPLES / "phantom.png", EXAMPLES / "phantom.dcm"], field)
            gr.HTML(f'<p class="fovea-credits">{escape(EXAMPLES_NOTE)}</p>')
            answer_view = gr.HTML(blank()[0], elem_id="chest-answer")
        with gr.Column(min_width=300):
            look_view = overlay("chest-look", blank()[1])
    about(model)
    answer_when(field.change, read, field, [answer_view, look_view], blank)
    model_endpoint(model, "chest_xray", PURPOSE.format(classes=either(spec.classes)), kind=FILM)


def blank(reason: str = "") -> tuple[str, str]:
    """Both views while there is no film, or none that can be read."""
    return no_answer(PROMPT, reason), placeholder(PLACE)


def answer_on_film(prediction: Prediction, spec: ModelSpec) -> str:
    """The answer, and what its percentages are."""
    ece = spec.metric("ece")
    said = answer(prediction, spec, UNLIKE, decimals=0)
    if ece is None:
        return said
    calibration = (
        f"The percentages are calibrated on films of the same hospitals: there they differ from the share that "
        f"turned out right by {ece.value * 100:.1f} points on average (n = {ece.n:,}). The card has children and "
        "adults apart. On films of other hospitals they are less reliable."
    )
    return said + paragraphs([calibration])


def privacy(decoded: DecodedImage) -> str:
    """A line where the file names a patient."""
    return paragraphs([decoded.film.privacy]) if decoded.film is not None else ""


def film_under_heatmaps(prediction: Prediction, decoded: DecodedImage, detail_px: int | None) -> str:
    """The film in its greys under the heatmaps."""
    assert prediction.heatmaps is not None  # every chest X-ray model is exported with them
    shown = prediction.classes.index(prediction.most_probable)
    width, height = decoded.image.size
    return overlay_html(view(decoded, detail_px), prediction.heatmaps, prediction.classes, shown, height, width)
