"""A field for a photo: upload, camera or clipboard. Its value is the file's own bytes, judged by our decoder alone."""

from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData

from space.field import field_class


def photo(elem_id: str) -> gr.Image:
    """The component, in room of its own; it gives bytes, or None while it is empty."""
    with gr.Column(min_width=0, elem_id=f"{elem_id}-room"):
        # gr.Image itself would open the file with Pillow and answer "Error" where that fails
        return field_class(gr.Image, _bytes)(
            label="A photo", sources=["upload", "webcam", "clipboard"], elem_id=elem_id, height=340, buttons=[]
        )


def _bytes(payload: ImageData | None) -> bytes | None:
    if payload is None or payload.path is None:
        return None
    return Path(payload.path).read_bytes()
