"""Uploads are deleted at their age; examples are not, however long the app has run."""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import gradio as gr
import pytest
from gradio.data_classes import FileData
from playwright.sync_api import expect
from serving import serving

from space.credits import example_buttons
from space.film.file import film_file

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples"
AGE_S = 4  # an upload is read within it, on a busy machine too
ANSWER_MS = 60_000
APP = (
    "import sys; from pathlib import Path; from space.app import launch; "
    f"launch(Path('models'), host='127.0.0.1', port=int(sys.argv[1]), upload_age_s={AGE_S})"
)


@pytest.fixture(scope="module")
def uploads(tmp_path_factory):
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def old_app(uploads):
    """The app, running for longer than an upload may lie there."""
    with serving([sys.executable, "-c", APP, "PORT"], ROOT, os.environ | {"GRADIO_TEMP_DIR": str(uploads)}) as address:
        time.sleep(2 * AGE_S)
        yield address


@pytest.fixture
def page(old_app, new_page):
    page = new_page()
    page.goto(old_app)
    yield page
    page.close()


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_chest_examples_are_read_again_and_again_past_the_age_of_uploads(page):
    page.get_by_role("tab", name="Chest X-ray").click()
    for place in (0, 1, 0):
        page.locator("#chest-examples button").nth(place).click()
        expect(page.locator("#chest-look .overlay")).to_have_count(1, timeout=ANSWER_MS)
        page.locator("#chest-film").get_by_label("Clear").first.click()
        expect(page.locator("#chest-look .overlay")).to_have_count(0, timeout=ANSWER_MS)


def test_photo_examples_are_shown_and_read_past_the_age_of_uploads(page):
    for tab, answered in (
        ("Flowers", "#model-flowers-answer .fovea-bars"),
        ("Objects", "#objects-answer .fovea-bars"),
        ("Feature maps", "#feature-maps-viewer canvas.grid[data-image=portrait]"),
    ):
        page.get_by_role("tab", name=tab).click()
        button = page.locator(".fovea-examples button:visible").nth(2)
        expect(button.locator("img")).not_to_have_js_property("naturalWidth", 0, timeout=ANSWER_MS)
        button.click()
        expect(page.locator(answered)).to_have_count(1, timeout=ANSWER_MS)


def test_an_upload_is_deleted_at_its_age(page, uploads):
    page.get_by_role("tab", name="Flowers").click()
    page.locator("#model-flowers-photo input[type=file]").set_input_files(EXAMPLES / "flowers" / "dahlia.jpg")
    expect(page.locator("#model-flowers-answer .fovea-bars")).to_have_count(1, timeout=ANSWER_MS)
    deadline = time.monotonic() + 60
    while files_in(uploads) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert files_in(uploads) == []


def test_the_film_field_deletes_uploads_and_never_an_example(tmp_path):
    example, upload, link = (tmp_path / name for name in ("example.png", "upload.png", "link.png"))
    for path in (example, upload):
        path.write_bytes(path.name.encode())
    link.symlink_to(example)
    with gr.Blocks(analytics_enabled=False):
        field = film_file("film")
        example_buttons([example], field)
    read = [field.preprocess(FileData(path=str(path))) for path in (example, link, upload)]
    assert read == [b"example.png", b"example.png", b"upload.png"]
    assert [path.is_file() for path in (example, link, upload)] == [True, True, False]


def test_only_the_examples_themselves_are_served(old_app):
    def status(path):
        try:
            with urllib.request.urlopen(f"{old_app}/gradio_api/file={path}", timeout=10) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    assert status(EXAMPLES / "chest_xray" / "phantom.dcm") == 200
    assert status(EXAMPLES / "digits.json") == 403
    assert status(ROOT / "pyproject.toml") == 403
