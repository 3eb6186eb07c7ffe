"""Example photos to click: a row of those that a network names, and below it a row to fool it."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr

from space.credits import Example, examples

PICK = Path(__file__).parent / "thumbnails.js"


def example_rows(folder: Path, field: gr.components.Component) -> None:
    """The examples of `folder` in the current column; a click puts one into `field`."""
    shown = examples(folder)
    named = [example for example in shown if example.names]
    fooling = [example for example in shown if not example.names]
    thumbnails(named or fooling, field, "Examples")
    if named and fooling:
        thumbnails(fooling, field, "Fool it")


def thumbnails(shown: Sequence[Example], field: gr.components.Component, label: str) -> None:
    """One row of pictures with their titles."""
    paths = [str(example.path) for example in shown]
    gr.set_static_paths(list(paths))  # served from where they lie: copies would be deleted at the age of uploads
    buttons = "".join(
        f'<li><button type="button" data-index="{index}"><img src="gradio_api/file={escape(path)}" alt="" '
        f'loading="lazy"><span>{escape(example.title)}</span></button></li>'
        for index, (path, example) in enumerate(zip(paths, shown, strict=True))
    )
    row = gr.HTML(
        value="",
        html_template=f'<p>{escape(label)}</p><ul aria-label="{escape(label)}">{buttons}</ul>',
        js_on_load=PICK.read_text(),
        elem_classes="fovea-examples",
    )
    row.input(
        lambda index: paths[int(index)], row, field, api_visibility="private", queue=False, show_progress="hidden"
    )
