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
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()
