"""The film in Chromium: zoom, pan, full screen and the grey window, by buttons, by mouse and by keys."""

import pytest
from playwright.sync_api import expect

from space.film.examples import FILMS

ANSWER_MS = 60_000
MATRIX = "stack => { const m = new DOMMatrix(getComputedStyle(stack).transform); return [m.a, m.e, m.f]; }"


@pytest.fixture(scope="module")
def page(app, new_page):
    """One film, which every test here gets as it was at first."""
    page = new_page()
    page.goto(f"{app}/?tab=chest-x-ray")
    page.locator("#chest-film input[type=file]").set_input_files(FILMS / "nih-00000820.jpg")
    expect(page.locator("#chest-look .overlay")).to_be_visible(timeout=ANSWER_MS)
    yield page
    page.close()


@pytest.fixture
def overlay(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("tab", name="Chest X-ray").click()
    overlay = page.locator("#chest-look .overlay")
    for name in ("Show the whole film", "Move", "The network's greys", "No heat"):
        overlay.get_by_role("button", name=name, exact=True).click()
    overlay.locator(".stage").scroll_into_view_if_needed()
    return overlay


def placed(overlay):
    """Zoom, and how far the film lies right and down of its place."""
    return overlay.locator(".stack").evaluate(MATRIX)


def window(overlay):
    return [float(overlay.locator(f".window .{name}").input_value()) for name in ("center", "width")]


def middle(overlay):
    box = overlay.locator(".stage").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(overlay, right, down, button="left"):
    x, y = middle(overlay)
    mouse = overlay.page.mouse
    mouse.move(x, y)
    mouse.down(button=button)
    mouse.move(x + right, y + down, steps=4)
    mouse.up(button=button)


def test_the_film_takes_most_of_a_wide_screen(overlay):
    page = overlay.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    stage, film = (overlay.locator(part).bounding_box() for part in (".stage", ".stack"))
    assert stage["width"] > 850
    assert film["height"] > 800
    assert page.evaluate("document.documentElement.scrollWidth") == 1920
    other_tab = page.get_by_role("tab", name="Digits")
    left = other_tab.bounding_box()["x"]
    other_tab.click()
    assert other_tab.bounding_box()["x"] == pytest.approx(left, abs=2)  # the row of tabs does not jump


def test_buttons_zoom_and_a_drag_moves_the_film_no_further_than_its_edge(overlay):
    assert placed(overlay) == [1, 0, 0]
    drag(overlay, 50, 50)
    assert placed(overlay) == [1, 0, 0]
    for _ in range(4):
        overlay.get_by_role("button", name="Zoom in").click()
    zoom, *_ = placed(overlay)
    assert zoom == pytest.approx(1.25**4, rel=1e-4)
    drag(overlay, 30, 20)
    assert placed(overlay) == pytest.approx([zoom, 30, 20], abs=1)
    drag(overlay, 4000, 4000)
    edge = overlay.locator(".stack").bounding_box()
    stage = overlay.locator(".stage").bounding_box()
    assert (edge["x"], edge["y"]) == pytest.approx((stage["x"], stage["y"]), abs=1)
    overlay.get_by_role("button", name="Show the whole film").click()
    assert placed(overlay) == [1, 0, 0]


def test_the_wheel_scrolls_the_page_until_the_film_is_clicked_then_it_zooms_at_the_pointer(overlay):
    page = overlay.page
    x, y = middle(overlay)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -100)
    assert placed(overlay)[0] == 1
    overlay.locator(".stage").scroll_into_view_if_needed()
    x, y = middle(overlay)
    page.mouse.click(x + 100, y)
    page.mouse.wheel(0, -200)
    expect(overlay.locator("[data-zoom=whole]")).not_to_have_text("100 %")
    zoom, right, _ = placed(overlay)
    assert right == pytest.approx(100 - 100 * zoom, abs=1)


def test_a_drag_changes_the_grey_window_where_that_is_chosen_and_the_right_button_still_moves(overlay):
    center, width = window(overlay)
    overlay.get_by_role("button", name="Grey window", exact=True).click()
    drag(overlay, -100, 0)
    assert window(overlay)[1] < width - 20
    assert window(overlay)[0] == pytest.approx(center, abs=1)
    drag(overlay, 0, -100)
    assert window(overlay)[0] < center - 10  # up is brighter
    assert overlay.locator(".films [aria-pressed=true]").inner_text() == "Your window"
    assert "in-own-window" in overlay.get_attribute("class")
    overlay.get_by_role("button", name="Zoom in").click()
    before = window(overlay)
    drag(overlay, 20, 0, button="right")
    assert placed(overlay)[1] == pytest.approx(20, abs=1)
    assert window(overlay) == before


def test_everything_can_be_done_by_keys(overlay):
    stage = overlay.locator(".stage")
    stage.focus()
    press = overlay.page.keyboard.press
    press("+")
    press("+")
    assert placed(overlay)[0] == pytest.approx(1.25**2, rel=1e-4)
    press("ArrowRight")
    assert placed(overlay)[1] == pytest.approx(-40, abs=1)
    press("0")
    assert placed(overlay) == [1, 0, 0]
    center, width = window(overlay)
    press("Shift+ArrowUp")
    press("Shift+ArrowLeft")
    assert window(overlay)[0] < center
    assert window(overlay)[1] < width
    press("1")
    assert overlay.locator(".films [aria-pressed=true]").inner_text() == "The network's greys"
    press("h")
    expect(overlay.locator(".heat:visible")).to_have_count(1)
    press("h")
    expect(overlay.locator(".heat:visible")).to_have_count(0)
    press("g")
    assert overlay.get_attribute("data-drag") == "window"
    press("f")
    expect(overlay.get_by_role("button", name="Leave")).to_be_visible()
    assert overlay.evaluate("overlay => document.fullscreenElement === overlay")
    press("f")
    expect(overlay.get_by_role("button", name="Full screen")).to_be_visible()


def test_an_arrow_scrolls_the_page_while_the_whole_film_is_shown(overlay):
    overlay.locator(".stage").focus()
    overlay.page.evaluate("scrollTo(0, 0)")
    overlay.page.keyboard.press("ArrowDown")
    overlay.page.wait_for_function("scrollY > 0")
    assert placed(overlay) == [1, 0, 0]
