"""Each tab begins with what one does there, in plain sight."""

import pytest
from playwright.sync_api import expect

from space.app import TABS


@pytest.mark.parametrize("width", [390, 1280])
def test_each_tab_begins_with_its_sentence(app, new_page, width):
    page = new_page(width)
    for tab in TABS:
        page.goto(f"{app}/?tab={tab.link}")
        lead = page.locator(f"#tab-{tab.link} .fovea-lead p")
        expect(lead).to_be_visible(timeout=60_000)
        expect(lead).to_have_text(tab.summary)
    page.close()
