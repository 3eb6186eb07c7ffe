"""The page: a header, and one tab per model that ships."""

import os
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by gradio when it is imported

import gradio as gr

from export.runtime import load
from space.tabs import chest_xray, digits, flowers
from space.theme import CSS, THEME

INTRODUCTION = """
# Fovea
Convolutional networks you can see, try and trust. Everything runs on this machine; nothing you draw is
kept, and a photo is deleted within minutes.
"""

# title, model file, the function that fills the tab
TABS = (
    ("Digits", "digits.onnx", digits.build),
    ("Flowers", "flowers.onnx", flowers.build),
    ("Chest X-ray", "chest_xray.onnx", chest_xray.build),
)

MAX_QUEUE = 64
CACHE_CHECK_S, CACHE_AGE_S = 300, 600


def build(models_dir: Path, threads: int | None = None) -> gr.Blocks:
    """The whole page, its models loaded. Raises ModelFileError where one is missing."""
    with gr.Blocks(title="Fovea", analytics_enabled=False, delete_cache=(CACHE_CHECK_S, CACHE_AGE_S)) as page:
        gr.Markdown(INTRODUCTION, elem_id="introduction")
        with gr.Tabs():
            for title, file, fill in TABS:
                with gr.Tab(title):
                    fill(load(models_dir / file, threads=threads))
    return page


def launch(models_dir: Path, *, host: str, port: int, threads: int | None = None) -> None:
    """Serve the page until the process is stopped."""
    page = build(models_dir, threads)
    page.queue(max_size=MAX_QUEUE)
    page.launch(
        server_name=host,
        server_port=port,
        theme=THEME,
        css=CSS,
        ssr_mode=False,
        mcp_server=True,
        share=False,
        max_file_size="20mb",
        footer_links=["api", "settings"],
    )
