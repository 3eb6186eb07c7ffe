"""A link that holds a drawing opens the page with it, read; one that holds none says so and takes nothing away."""

import pytest
from playwright.sync_api import expect

READY_MS = 30_000
SEVEN = "84-70.196-70_196-70.134-224"
UNREADABLE = "The drawing in this link cannot be read. Draw a digit here."


@pytest.fixture
def page(new_page):
    page = new_page(width=390)
    yield page
    page.close()


def test_a_link_opens_the_page_with_its_drawing_read(app, page):
    page.goto(f"{app}/?tab=digits&strokes={SEVEN}")
    expect(page.locator("#digits-answer .class")).to_have_text("7", timeout=READY_MS)
    expect(page.locator("#digits-canvas .hint")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_copied_link_opens_the_same_drawing(app, page):
    page.goto(app)
    page.locator("#digits-canvas .example:text-is('3')").click(timeout=READY_MS)
    expect(page.locator("#digits-answer .class")).to_have_text("3", timeout=READY_MS)
    answer = page.locator("#digits-answer .note").inner_text()
    page.locator("#digits-link").click()
    expect(page.locator("#digits-link")).to_have_text("Link copied")
    expect(page.locator("#digits-link")).to_have_text("Copy a link to it")
    address = page.url
    assert "tab=digits&strokes=" in address
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("#digits-answer .class")).to_have_text("3", timeout=READY_MS)
    expect(page.locator("#digits-answer .note")).to_have_text(answer)


def test_an_empty_field_gives_no_link(app, page):
    page.goto(app)
    page.locator("#digits-link").click(timeout=READY_MS)
    expect(page.locator("#digits-link")).to_have_text("Draw something first")
    assert "strokes" not in page.url


@pytest.mark.parametrize("strokes", ["", "hello", "1-2-3", "281-4", "1-2._3-4", "[[[1,2]]]", "1-2." * 2000 + "1-2"])
def test_a_link_that_holds_no_drawing_says_so_in_a_sentence_and_the_field_still_works(app, page, strokes):
    page.goto(f"{app}/?tab=digits&strokes={strokes}")
    expect(page.locator("#digits-canvas .hint")).to_have_text(UNREADABLE, timeout=READY_MS)
    expect(page.locator("#digits-canvas .undo")).to_be_disabled()
    page.locator("#digits-canvas .example:text-is('9')").click()
    expect(page.locator("#digits-answer .class")).to_have_text("9", timeout=READY_MS)
