"""A field for a film: PNG, JPEG or DICOM. Its value is the file's bytes; the uploaded copy is deleted once read."""

import hashlib
from collections.abc import Collection
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData, ListFiles


def film_file(elem_id: str, kept: Collection[Path]) -> gr.File:
    """The component; it gives bytes, or None while it is empty. Copies of the examples in `kept` are not deleted."""
    known = {hashlib.sha256(path.read_bytes()).digest() for path in kept}

    def preprocess(payload: FileData | ListFiles | None) -> bytes | None:
        if not isinstance(payload, FileData):
            return None
        path = Path(payload.path)
        if not path.is_file():  # it was read and deleted before
            return None
        content = path.read_bytes()
        if hashlib.sha256(content).digest() not in known:
            path.unlink()
        return content

    # DICOM files often have no extension, so every file may be chosen; the decoder judges the bytes.
    field = gr.File(label="A film: PNG, JPEG or DICOM", type="binary", elem_id=elem_id, height=150)
    # A subclass would make Gradio write a stub file beside this one, so the one method is replaced.
    field.preprocess = preprocess
    return field
