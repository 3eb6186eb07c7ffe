"""Chest X-ray: calibrated probabilities, three ways to say "I do not know", and where the network looked."""

import gradio as gr

from fovea import DecodedImage
from fovea.listing import either
from space.about import about
from space.answer_html import no_answer, paragraphs
from space.credits import credits_line
from space.decoding import read_upload
from space.endpoints import FILM, model_endpoint
from space.events import answer_when
from space.film.answer import answer_on_film
from space.film.examples import FILMS, example_films, examples, outcome, tally
from space.film.file import film_file
from space.film.viewer import film_html, film_viewer
from space.model_folder import ModelFolder
from space.overlay import placeholder

PLACE = "The film will appear here, with its grey window and where the network looked."
PROMPT = "Upload a frontal chest film, or click an example."
WARNING = (
    "<b>Research and teaching only. Not a medical device.</b> No decision about a patient may rest on this page. "
    "Do not upload films that name a patient."
)
DELETED = "The file is deleted as soon as it is read. Nothing of it is stored."
CHANGED = "Examples, made smaller and stored as JPEG."
PURPOSE = "Read a frontal chest X-ray: {classes}. For research and teaching only. Not a medical device."


def build(models: ModelFolder) -> None:
    """Fill the tab that is open in the current Blocks."""
    model = models.get("chest_xray")
    spec = model.spec
    shown = examples()

    def read(content: bytes | None) -> tuple[str, str]:
        if content is None:
            return blank()
        decoded = read_upload(content, spec.channels)
        prediction = model.predict(decoded)
        said = answer_on_film(prediction, spec, model.card) + privacy(decoded)
        return said, film_html(prediction, decoded, spec)

    gr.HTML(f'<p class="fovea-warning" role="note">{WARNING}</p>', elem_id="chest-warning")
    with gr.Row(equal_height=False, elem_id="chest-ask"):
        with gr.Column(min_width=300):
            field = film_file("chest-film")
            gr.HTML(f'<p class="fovea-credits">{DELETED}</p>')
            example_films(shown, tally([outcome(example, model) for example in shown]), field)
            answer_view = gr.HTML(blank()[0], elem_id="chest-answer")
        with gr.Column(min_width=300):
            look_view = film_viewer("chest-look", blank()[1])
    gr.HTML(credits_line(FILMS, CHANGED))
    about(model)
    answer_when(field.change, read, field, [answer_view, look_view], blank)
    model_endpoint(model, "chest_xray", PURPOSE.format(classes=either(spec.classes)), kind=FILM)


def blank(reason: str = "") -> tuple[str, str]:
    """Both views while there is no film, or none that can be read."""
    return no_answer(PROMPT, reason), placeholder(PLACE)


def privacy(decoded: DecodedImage) -> str:
    """A line where the file names a patient."""
    return paragraphs([decoded.film.privacy]) if decoded.film is not None else ""
