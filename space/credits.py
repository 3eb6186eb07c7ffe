"""Example files and who made them: each folder of examples has a `credits.json` with a row for each file."""

import json
from html import escape
from pathlib import Path


def credit_rows(folder: Path) -> list[dict[str, str]]:
    """`file` (relative to `folder`), `title`, `author`, `licence` and `source` of each example."""
    rows: list[dict[str, str]] = json.loads((folder / "credits.json").read_text())
    return rows


def example_files(folder: Path) -> list[list[str]]:
    """The files as gr.Examples takes them."""
    return [[str((folder / row["file"]).resolve())] for row in credit_rows(folder)]


def credits_line(folder: Path, changes: str) -> str:
    """Author and licence of each example as HTML; `changes` is a sentence on what was done to them."""
    rows = credit_rows(folder)
    parts = [f"{row['title']}: {row['author']}, {row['licence']} ({row['source']})" for row in rows]
    text = f"{changes} {'; '.join(parts)}."
    return f'<p class="fovea-credits">{escape(text)}</p>'
