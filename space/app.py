"""The page: a header, a tab for each task whose model is in the folder, and one for each other model there."""

import os
import signal
from html import escape
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by gradio when it is imported

import gradio as gr

from fovea import ModelFileError
from fovea.allocator import map_large_blocks
from space.canvas.early import early_field
from space.mcp_server import use_own_server
from space.model_folder import ModelFolder, do_not_trust
from space.page import Page
from space.pictures import MAX_UPLOAD_BYTES
from space.public import FILES, middleware, routes
from space.tab import Tab, with_other_models
from space.tabs import chest_xray, compare, digits, feature_maps, flowers, lessons, objects
from space.theme import CSS, FRAME, THEME
from space.uploads import fetch_nothing, upload_folder

INTRODUCTION = """<h1>Fovea</h1>
<p>Convolutional networks you can see, try and trust. Everything runs on this machine. Nothing you draw is
kept, and a photo is deleted within minutes.{}</p>"""
TO_LESSONS = ' New here? Take <a href="?tab=lessons">one of ten lessons</a>.'

TASK_TABS = (
    Tab(
        "digits",
        "Digits",
        digits.build,
        ("digits",),
        "Draw a digit and watch LeNet-5 read it while you draw, layer by layer. Can you fool it?",
    ),
    Tab(
        "flowers",
        "Flowers",
        flowers.build,
        ("flowers",),
        "Show a network a flower. It names it, shows where it looked, and says when it is not sure.",
    ),
    Tab(
        "objects",
        "Objects",
        objects.build,
        tuple(objects.NETWORKS.values()),
        "Two networks, GoogLeNet and Inception-v3, look at the same small picture. Do they agree?",
    ),
    Tab(
        "feature_maps",
        "Feature maps",
        feature_maps.build,
        ("features_*",),
        "Open any layer of LeNet-5, AlexNet, VGG16 or GoogLeNet and see its filters and what they find in a photo.",
    ),
    Tab(
        "chest_xray",
        "Chest X-ray",
        chest_xray.build,
        ("chest_xray",),
        "A network reads a chest film, shows where it looked and says when it should not be trusted.",
        "Not a medical device.",
    ),
)
OF_ALL_TASKS = tuple(file for tab in TASK_TABS for file in tab.files)
TABS = (
    *TASK_TABS,
    Tab(
        "compare",
        "Compare",
        compare.build,
        OF_ALL_TASKS,
        "LeNet-5, AlexNet, VGG16, GoogLeNet, ResNet-50 and Inception-v3 side by side: cost, accuracy and training, "
        "measured.",
    ),
    Tab(
        "lessons",
        "Lessons",
        lessons.build,
        OF_ALL_TASKS,
        "Ten questions on convolutional networks. Predict the answer, then see what happens, with measured figures.",
    ),
)

# on a phone the row of tabs scrolls
SHOW_SELECTED = """() => {
  const tab = document.querySelector("[role=tab][aria-selected=true]");
  tab?.scrollIntoView({ block: "nearest", inline: "center" });
  window.tabIsOpen(tab.id.replace(/^tab-|-button$/g, ""));
}"""

DRAWN_EARLY = "digits"
PRINT = Path(__file__).with_name("print.css")
MAX_QUEUE = 64
MAX_SESSIONS = 64  # Gradio keeps each reader's last answers, and of programs every call: nothing here needs them
UPLOAD_AGE_S = 300.0


def build(models_dir: Path, threads: int | None = None) -> Page:
    """The whole page, its models loaded. Raises ModelFileError where there is no model to show."""
    models = ModelFolder(models_dir, threads)
    shown = with_other_models(TABS, models)
    if not shown:
        raise ModelFileError(
            f"{models_dir} holds no model to show. Export one with `python -m export`, or name another folder with "
            "--models."
        )
    page = Page({tab.link: tab.head for tab in shown}, title="Fovea", analytics_enabled=False)
    with page:
        has_lessons = any(tab.name == "lessons" for tab in shown)
        # Markdown would open the link in a window of its own
        gr.HTML(INTRODUCTION.format(TO_LESSONS * has_lessons), elem_id="introduction", padding=False)
        warning = gr.HTML(visible=False, elem_id="untrusted")
        with gr.Tabs(overflow_behavior="wrap"):  # the theme makes it one row that scrolls
            for tab in shown:
                with gr.Tab(tab.title, id=tab.link, elem_id=f"tab-{tab.link}") as opened:
                    gr.HTML(f"<p>{escape(tab.summary)}</p>", elem_classes="fovea-lead", padding=False)
                    tab.fill(models)
                opened.select(None, js=f'() => window.tabIsOpen("{tab.link}")', api_visibility="private")
        if models.untrusted:
            said = escape(do_not_trust(models.untrusted))
            warning.value, warning.visible = f'<p role="alert">{said}</p>', True
        page.load(None, js=SHOW_SELECTED, api_visibility="private")
    fetch_nothing(page)
    return page


def launch(
    models_dir: Path, *, host: str, port: int, threads: int | None = None, upload_age_s: float = UPLOAD_AGE_S
) -> None:
    """Serve the page until the process is stopped; an upload that is older than `upload_age_s` is deleted.

    Raises ModelFileError where there is no model to show.
    """
    map_large_blocks()  # else what a photo of many megapixels took stays in the heap
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else the process would end with its uploads on disk
    with upload_folder(upload_age_s):
        page = build(models_dir, threads)
        page.queue(max_size=MAX_QUEUE)
        _serve(page, host, port)


def _serve(page: Page, host: str, port: int) -> None:
    use_own_server()
    page.launch(
        server_name=host,
        server_port=port,
        mcp_server=True,
        share=False,
        state_session_capacity=MAX_SESSIONS,
        num_workers=0,  # a worker for uploads would answer on a port of its own, past our limits
        max_file_size=MAX_UPLOAD_BYTES,
        **look(page),
    )


def look(page: Page) -> dict[str, Any]:
    """What `launch` needs so that the page looks as readers have it."""
    return {
        "theme": THEME,
        "css": CSS,
        "ssr_mode": False,
        "app_kwargs": {
            "middleware": middleware(page.heads, FRAME + PRINT.read_text(), {DRAWN_EARLY: early_field()}),
            "routes": routes(),
        },
        "favicon_path": FILES / "icon.svg",
        "footer_links": ["api"],  # Gradio's settings offer a screen recorder and an installed app
        "run_history": False,  # what a reader sends stays nowhere, the browser included
        "pwa": False,
    }
