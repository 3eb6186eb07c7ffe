"""The address follows the open tab, and the open tab follows the address."""

import re

import pytest
from playwright.sync_api import expect

READY_MS = 30_000


@pytest.fixture
def page(new_page):
    page = new_page(width=390)
    yield page
    page.close()


def open_tab(page, name):
    expect(page.get_by_role("tab", selected=True)).to_have_text(name, timeout=READY_MS)


def query(page):
    return page.url.partition("?")[2]


def test_a_click_on_a_tab_goes_into_the_address_and_back_and_forward_return(app, page):
    page.goto(app)
    open_tab(page, "Digits")
    expect(page).to_have_title("Fovea: see convolutional networks at work")
    assert query(page) == ""
    page.get_by_role("tab", name="Flowers").click()
    expect(page).to_have_url(re.compile(r"\?tab=flowers$"))
    expect(page).to_have_title("Flowers · Fovea")
    page.get_by_role("tab", name="Lessons").click()
    expect(page).to_have_url(re.compile(r"\?tab=lessons$"))
    page.go_back()
    open_tab(page, "Flowers")
    expect(page.locator("#model-flowers-photo")).to_be_visible()
    expect(page).to_have_title("Flowers · Fovea")
    page.go_back()
    open_tab(page, "Digits")
    assert query(page) == ""
    expect(page).to_have_title("Fovea: see convolutional networks at work")
    page.go_forward()
    open_tab(page, "Flowers")


def test_a_link_opens_its_tab_at_once_and_adds_nothing_to_the_history(app, page):
    """What is in the page before any event of the app can have run."""
    page.goto("about:blank")
    page.route("**/gradio_api/queue/**", lambda route: route.abort())
    page.goto(f"{app}/?tab=chest-x-ray")
    open_tab(page, "Chest X-ray")
    expect(page).to_have_title("Chest X-ray · Fovea")
    expect(page.get_by_role("tab", selected=True)).to_be_in_viewport(ratio=1)
    expect(page.locator("#digits-canvas")).to_have_count(0)
    assert query(page) == "tab=chest-x-ray"
    page.go_back()
    assert page.url == "about:blank"


def test_another_tab_keeps_the_theme_and_leaves_what_belongs_to_the_first(app, page):
    page.goto(f"{app}/?tab=feature-maps&network=alexnet&__theme=dark")
    open_tab(page, "Feature maps")
    page.get_by_role("tab", name="Digits").click()
    expect(page).to_have_url(re.compile(r"\?__theme=dark&tab=digits$"))
    page.go_back()
    assert query(page) == "tab=feature-maps&network=alexnet&__theme=dark"


def test_a_tab_that_is_not_there_opens_the_first(app, page):
    page.goto(f"{app}/?tab=nothing")
    open_tab(page, "Digits")
    page.get_by_role("tab", name="Objects").click()
    expect(page).to_have_url(re.compile(r"\?tab=objects$"))


def test_back_returns_to_the_lesson_that_was_read(app, page):
    page.goto(f"{app}/?tab=lessons&lesson=4")
    page.locator("#lessons .next").click(timeout=READY_MS)
    page.get_by_role("tab", name="Digits").click()
    page.get_by_role("tab", name="Lessons").click()
    page.locator("#lessons .next").click()
    expect(page.locator("#lessons article:visible h2")).to_contain_text("6.")
    page.go_back()
    open_tab(page, "Digits")
    page.go_back()
    open_tab(page, "Lessons")
    expect(page.locator("#lessons article:visible h2")).to_contain_text("residual connections")
