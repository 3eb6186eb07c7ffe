"""Films to click: each with what its collection says of it, and beside them how the model answers them all."""

import base64
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import gradio as gr

from fovea import DecodedImage, Model, Reason, read_image
from space.credits import credit_rows
from space.film.words import class_words

FOLDER = Path(__file__).parent
FILMS = FOLDER.parent / "examples" / "chest_xray"
THUMBNAIL_PX = 112
REFUSED, OTHER, UNSURE, RIGHT, WRONG = "refused", "another finding", "not sure", "right", "wrong"


@dataclass(frozen=True)
class ExampleFilm:
    """A film as read; `label` is what its collection calls it, "" where it is no film of a patient."""

    path: Path
    collection: str
    label: str
    decoded: DecodedImage

    @property
    def caption(self) -> str:
        return class_words(self.label) if self.label else "no patient"


def examples() -> list[ExampleFilm]:
    """Those that ship."""
    return [_example(row) for row in credit_rows(FILMS)]


def example_films(shown: Sequence[ExampleFilm], note: str, field: gr.components.Component) -> None:
    """A button with a thumbnail for each over the `note`, in the current column; a click puts the file into `field`."""
    paths = {example.path.name: str(example.path) for example in shown}
    # served from where they lie: copies would be deleted at the age of uploads
    gr.set_static_paths(list(paths.values()))
    buttons = gr.HTML(
        value="",
        html_template=f'<div class="films" role="group" aria-label="Examples">{"".join(map(_button, shown))}</div>'
        f"<p>{escape(note)}</p>",
        css_template=(FOLDER / "examples.css").read_text(),
        js_on_load=(FOLDER / "examples.js").read_text(),
        elem_id="chest-examples",
    )

    def path_of(name: object) -> str | None:
        return paths.get(name) if isinstance(name, str) else None

    buttons.input(path_of, buttons, field, queue=False, show_progress="hidden", api_visibility="private")


def outcome(example: ExampleFilm, model: Model) -> str:
    """How the model answers: REFUSED, OTHER, UNSURE, RIGHT or WRONG."""
    decision = model.predict(example.decoded).decision
    if Reason.UNLIKE_TRAINING in decision.reasons:
        return REFUSED
    if Reason.OTHER_FINDING in decision.reasons:
        return OTHER
    if decision.class_name is None:
        return UNSURE
    return RIGHT if decision.class_name == example.label else WRONG


def tally(outcomes: Sequence[str]) -> str:
    """Why these films, and what this model makes of them."""
    counts = Counter(outcomes)
    other = f"says of {counts[OTHER]} that it may show another finding, " if counts[OTHER] else ""
    return (
        "These films were chosen to show every kind of answer, so they say nothing about how often the model is right. "
        f"Of {len(outcomes)} it names {counts[RIGHT]} rightly and {counts[WRONG]} wrongly, is not sure of "
        f"{counts[UNSURE]}, {other}and refuses {counts[REFUSED]}."
    )


def _example(row: dict[str, str]) -> ExampleFilm:
    path = (FILMS / row["file"]).resolve()
    return ExampleFilm(path, row["collection"], row["label"], read_image(path.read_bytes(), channels=1))


def _button(example: ExampleFilm) -> str:
    small = example.decoded.image.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=80)
    address = base64.b64encode(stream.getvalue()).decode()
    return (
        f'<button type="button" data-name="{escape(example.path.name)}"><img alt="" '
        f'src="data:image/jpeg;base64,{address}"><b>{escape(example.caption)}'
        f"<span>{escape(example.collection)}</span></b></button>"
    )
