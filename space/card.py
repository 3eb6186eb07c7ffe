"""A card to share: what was shown to a network, what it answered and what its layers saw, as one picture."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from fovea import FoveaError, Prediction, Reason
from space.answer_html import heading
from space.events import CONCURRENT
from space.pictures import png

CARD_PX = (1200, 630)
EDGE_PX = 55
PICTURE_PX = 520
LEFT_PX = 640  # where the words begin
GROUND, WORDS, QUIET, ACCENT = "#0f172a", "#f8fafc", "#cbd5e1", "#2dd4bf"
SITE = "Fovea"
CLAIM = "Convolutional networks you can see, try and trust"
ANSWER_SIZES = (72, 40)  # the largest that fits on two lines
GAP_PX = 8
LABEL = "I fooled it: save a card"
SAVE = """(address) => {
  const link = document.createElement("a");
  link.href = address;
  link.download = "fovea.png";
  link.click();
}"""


def card_button(field: gr.components.Component, make: Callable[[Any], Image.Image], elem_id: str) -> None:
    """A button that saves what `make` draws of the value of `field`, or says why `make` raised FoveaError."""

    def drawn(value: Any) -> str:
        try:
            return png(np.asarray(make(value)))
        except FoveaError as error:
            raise gr.Error(str(error), print_exception=False) from error

    button = gr.Button(LABEL, size="sm", elem_id=elem_id)
    address = gr.Textbox(visible="hidden", show_label=False)
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    made = button.click(drawn, field, address, concurrency_limit=CONCURRENT, **private)
    made.success(None, address, None, js=SAVE, **private)


def answer_words(prediction: Prediction, unlike: str) -> tuple[str, str]:
    """The answer in large type and its note; `unlike` is for images unlike the training images."""
    said, _ = heading(prediction, unlike)
    best, probability = prediction.top(1)[0]
    if Reason.UNLIKE_TRAINING in prediction.decision.reasons:
        return said, f"The closest is {best}."
    if prediction.decision.class_name is None:
        return said, f"The most probable is {best}, with {probability * 100:.1f} %."
    return said, f"{probability * 100:.1f} %"


def card(
    picture: Image.Image, network: str, said: str, note: str, rows: Sequence[Sequence[Image.Image]] = ()
) -> Image.Image:
    """RGB, CARD_PX. `said` is the answer of `network` with its `note`; `rows` are maps beside each other."""
    image = Image.new("RGB", CARD_PX, GROUND)
    shown = ImageOps.contain(picture.convert("RGB"), (PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS)
    image.paste(shown, (EDGE_PX + (PICTURE_PX - shown.width) // 2, EDGE_PX + (PICTURE_PX - shown.height) // 2))
    draw = ImageDraw.Draw(image)
    top = _write(draw, EDGE_PX, SITE, 60, WORDS)
    top = _write(draw, top, CLAIM, 22, QUIET)
    top = _write(draw, top + 24, f"{network} says", 26, QUIET)
    top = _write(draw, top, said, _answer_size(said), ACCENT)
    _write(draw, top + 6, note, 24, QUIET)
    bottom = CARD_PX[1] - EDGE_PX
    for row in reversed(rows):
        bottom = _paste_row(image, row, bottom) - GAP_PX
    return image


def _width() -> int:
    return CARD_PX[0] - EDGE_PX - LEFT_PX


def _answer_size(said: str) -> int:
    return next((size for size in ANSWER_SIZES if len(_lines(said, size)) <= 2), ANSWER_SIZES[-1])


def _write(draw: ImageDraw.ImageDraw, top: int, text: str, size: int, colour: str) -> int:
    """Write `text` from `top` down; where it ends."""
    for line in _lines(text, size):
        draw.text((LEFT_PX, top), line, fill=colour, font=ImageFont.load_default(size))
        top += round(size * 1.3)
    return top


def _lines(text: str, size: int) -> list[str]:
    """`text` in lines that are no wider than there is room."""
    font = ImageFont.load_default(size)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= _width() or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _paste_row(image: Image.Image, row: Sequence[Image.Image], bottom: int) -> int:
    """Paste `row` above `bottom`, over the width of the words; its top."""
    side = (_width() - GAP_PX * (len(row) - 1)) // len(row)
    for index, each in enumerate(row):
        tile = each.convert("RGB").resize((side, side), Image.Resampling.NEAREST)
        image.paste(tile, (LEFT_PX + index * (side + GAP_PX), bottom - side))
    return bottom - side
