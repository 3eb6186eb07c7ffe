"""Example files and who made them: each folder of examples has a `credits.json` with a row for each file."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr


def credit_rows(folder: Path) -> list[dict[str, str]]:
    """`file` (relative to `folder`), `title`, `author`, `licence` and `source` of each example."""
    rows: list[dict[str, str]] = json.loads((folder / "credits.json").read_text())
    return rows


def example_files(folder: Path) -> list[Path]:
    return [(folder / row["file"]).resolve() for row in credit_rows(folder)]


def example_buttons(files: Sequence[Path], field: gr.components.Component) -> None:
    """A button for each file, in the current column; a click puts the file into `field`."""
    gr.set_static_paths(list(files))  # served from where they lie: copies would be deleted at the age of uploads
    gr.Examples([[str(file)] for file in files], inputs=field, label="Examples", api_visibility="private")


def credits_line(folder: Path, changes: str) -> str:
    """Author and licence of each example as HTML; `changes` is a sentence on what was done to them."""
    rows = credit_rows(folder)
    parts = [f"{row['title']}: {row['author']}, {row['licence']} ({row['source']})" for row in rows]
    text = f"{changes} {'. '.join(parts)}."
    return f'<p class="fovea-credits">{escape(text)}</p>'
