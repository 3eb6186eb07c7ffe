"""The app as a user has it: a process of its own, and a real browser."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from serving import serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def app_temp_dir(tmp_path_factory):
    """Where the app puts every temporary file, uploads included."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="session")
def app(app_temp_dir):
    environment = os.environ | {"TMPDIR": str(app_temp_dir), "GRADIO_TEMP_DIR": str(app_temp_dir / "gradio")}
    with serving([sys.executable, "-m", "space", "--port", "PORT"], ROOT, environment) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    path = shutil.which("chromium")
    assert path, "chromium is missing: apt-get install chromium"
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--process-per-site"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def new_page(browser):
    """Call with a width in pixels: a fresh page, in a context that its users share.

    So they share a process too, which has compiled the app's scripts for the page before: most of what opening a page
    costs. It lives as long as one page of the site is open.
    """
    context = browser.new_context()
    first = context.new_page()
    first.route("**/*", lambda route: route.fulfill(body=""))
    first.goto("http://127.0.0.1/")

    def new_page(width=1280):
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        return page

    yield new_page
    assert context.storage_state() == {"cookies": [], "origins": []}  # nothing passes from one page to the next
    context.close()
