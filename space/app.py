"""The page: a header, and one tab per model that ships."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by gradio when it is imported

import gradio as gr

from space.shipped import ShippedModels
from space.tabs import chest_xray, compare, digits, feature_maps, flowers, objects
from space.theme import CSS, THEME

INTRODUCTION = """
# Fovea
Convolutional networks you can see, try and trust. Everything runs on this machine; nothing you draw is
kept, and a photo is deleted within minutes.
"""

# title, and the function that fills the tab with the models it asks for
TABS: tuple[tuple[str, Callable[[ShippedModels], None]], ...] = (
    ("Digits", digits.build),
    ("Flowers", flowers.build),
    ("Objects", objects.build),
    ("Feature maps", feature_maps.build),
    ("Chest X-ray", chest_xray.build),
    ("Compare", compare.build),
)

MAX_QUEUE = 64
UPLOAD_AGE_S = 600


def build(models_dir: Path, threads: int | None = None, upload_age_s: int = UPLOAD_AGE_S) -> gr.Blocks:
    """The whole page, its models loaded; an upload is deleted within one and a half times the age, examples never.

    Raises ModelFileError where a model is missing.
    """
    models = ShippedModels(models_dir, threads)
    check_s = max(1, upload_age_s // 2)
    with gr.Blocks(title="Fovea", analytics_enabled=False, delete_cache=(check_s, upload_age_s)) as page:
        gr.Markdown(INTRODUCTION, elem_id="introduction")
        with gr.Tabs() as tabs:
            for title, fill in TABS:
                with gr.Tab(title, id=slug(title)):
                    fill(models)
        page.load(opened, outputs=tabs, show_progress="hidden", api_visibility="private")
    return page


def slug(title: str) -> str:
    """A tab's title as it stands in a link: "Feature maps" is ?tab=feature-maps."""
    return title.lower().replace(" ", "-")


def opened(request: gr.Request) -> Any:
    """The tab that the page's address asks for; where it asks for none, the reader's own click must stand."""
    asked = request.query_params.get("tab")
    return gr.Tabs(selected=asked) if asked in [slug(title) for title, _fill in TABS] else gr.skip()


def launch(
    models_dir: Path, *, host: str, port: int, threads: int | None = None, upload_age_s: int = UPLOAD_AGE_S
) -> None:
    """Serve the page until the process is stopped; see `build`."""
    page = build(models_dir, threads, upload_age_s)
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
