"""A printed tab: its answer and its pictures on white, without what only a screen can use."""

import pytest
from playwright.sync_api import expect

READY_MS = 60_000
LIGHT = "rgb(255, 255, 255)"
GROUND = "getComputedStyle(document.querySelector('gradio-app')).backgroundColor"


@pytest.fixture
def page(new_page):
    page = new_page()
    yield page
    page.close()


def paper(page):
    """What a printer would be given, on the screen."""
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")


def test_a_dark_page_is_dark_and_its_print_is_light(app, page):
    page.goto(f"{app}/?tab=digits&__theme=dark")
    expect(page.locator("#digits-canvas canvas")).to_be_visible(timeout=READY_MS)
    assert page.evaluate(GROUND) != LIGHT
    page.evaluate("window.printed = []; addEventListener('beforeprint', () => printed.push(document.body.className))")
    page.pdf()
    assert ["dark" in classes for classes in page.evaluate("window.printed")] == [False]
    assert page.evaluate(GROUND) != LIGHT
    paper(page)
    assert page.evaluate(GROUND) == LIGHT


def test_a_printed_digit_has_drawing_answer_and_layers_and_nothing_to_press(app, page):
    page.goto(f"{app}/?tab=digits")
    page.locator("#digits-canvas .example").first.click(timeout=READY_MS)
    expect(page.locator("#digits-layers img").first).to_be_visible(timeout=READY_MS)
    paper(page)
    for kept in ("#introduction h1", "#digits-canvas canvas", "#digits-answer .class", "#digits-layers img"):
        expect(page.locator(kept).first).to_be_visible()
    assert page.get_by_role("tab").all_inner_texts() == []
    assert page.locator("button:visible").all_inner_texts() == []


def test_a_printed_photo_has_its_answer_and_heatmap(app, page):
    page.goto(f"{app}/?tab=flowers")
    page.locator(".fovea-examples:visible button").first.click(timeout=READY_MS)
    heat = page.locator("#model-flowers-look .heat:visible")
    expect(heat).to_be_visible(timeout=READY_MS)
    paper(page)
    expect(heat).to_be_visible()
    expect(page.locator("#model-flowers-answer .class")).to_be_visible()
    assert len(page.locator("button:visible").all_inner_texts()) == 1  # the class whose heatmap is shown
    expect(page.locator("input:visible")).to_have_count(0)


def test_printed_tables_and_figures_keep_to_the_paper(app, page):
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 without its margins
    page.goto(f"{app}/?tab=compare")
    expect(page.locator("#compare-networks table")).to_be_visible(timeout=READY_MS)
    expect(page.locator("#compare-cost input").first).to_be_visible(timeout=READY_MS)
    paper(page)
    table = page.locator("#compare-networks table").bounding_box()
    assert table["x"] + table["width"] <= 718
    expect(page.locator("#compare-locality-0 svg")).to_be_visible()
    expect(page.locator("input:visible")).to_have_count(0)
