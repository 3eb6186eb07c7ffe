"""Example files and who made them: each folder of examples has a `credits.json` with a row for each file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import gradio as gr


@dataclass(frozen=True)
class Example:
    """`names` is the class that a network must name it by; "" where it is to fool one."""

    path: Path
    title: str
    author: str
    licence: str
    source: str
    names: str = ""


def credit_rows(folder: Path) -> list[dict[str, str]]:
    """As `credits.json` holds them, in the order in which they are shown."""
    rows: list[dict[str, str]] = json.loads((folder / "credits.json").read_text())
    return rows


def examples(folder: Path) -> list[Example]:
    """Those of `folder`, in the order in which they are shown."""
    return [Example((folder / row.pop("file")).resolve(), **row) for row in credit_rows(folder)]


def example_files(folder: Path) -> list[Path]:
    return [example.path for example in examples(folder)]


def example_buttons(files: Sequence[Path], field: gr.components.Component) -> None:
    """A button for each file, in the current column; a click puts the file into `field`."""
    gr.set_static_paths(list(files))  # served from where they lie: copies would be deleted at the age of uploads
    gr.Examples([[str(file)] for file in files], inputs=field, label="Examples", api_visibility="private")


def credits_line(folder: Path, changes: str) -> str:
    """Author and licence of each example as HTML; `changes` is a sentence on what was done to them."""
    parts = ["{title}: {author}, {licence} ({source})".format(**row) for row in credit_rows(folder)]
    text = f"{changes} {'. '.join(parts)}."
    return f'<p class="fovea-credits">{escape(text)}</p>'
