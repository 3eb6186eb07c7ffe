"""A field for a film, DICOM or a picture. Its value is the file's bytes; the uploaded copy is deleted once read."""

from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData, ListFiles
from gradio.utils import is_static_file

from space.field import field_class
from space.uploads import delete


def film_file(elem_id: str) -> gr.File:
    """The component, in room of its own; it gives bytes, or None while it is empty."""
    with gr.Column(min_width=0, elem_id=f"{elem_id}-room"):
        # DICOM files often have no extension, so every file may be chosen; the decoder judges the bytes.
        return field_class(gr.File, _bytes)(
            label="A film: DICOM or a picture", type="binary", elem_id=elem_id, height=150
        )


def _bytes(payload: FileData | ListFiles | None) -> bytes | None:
    if not isinstance(payload, FileData):
        return None
    path = Path(payload.path)
    if not path.is_file():  # it was read and deleted before
        return None
    content = path.read_bytes()
    if not is_static_file(path):  # an example is read where it lies
        delete(path)
    return content
