"""The app as a user has it: a process of its own, and a real browser."""

import shutil
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from serving import serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def app():
    with serving([sys.executable, "-m", "space", "--port", "PORT"], ROOT) as address:
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
