"""A tab stands still while it fills, and on a phone the answer comes right under its picture."""

import pytest
from playwright.sync_api import expect

from benchmarks.page_load import PHONE, TABS, Setting, visit

LARGEST = 0.1  # what web.dev/articles/cls calls good
SETTINGS = (Setting("phone", PHONE.width, PHONE.height), Setting("desktop", 1280, 900))
READY_MS = 60_000


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_no_tab_shifts_until_its_first_answer(app, browser, setting):
    visits = {tab.title: visit(browser, f"{app}/", tab, setting) for tab in TABS}
    assert {title: seen.moved for title, seen in visits.items() if seen.cls >= LARGEST} == {}


@pytest.mark.parametrize(
    ("tab", "subject", "answer", "later"),
    [
        ("digits", "#digits-canvas", "#digits-answer", "#digits-card"),
        ("digits", "#digits-canvas", "#digits-answer", "#digits-link"),
        ("flowers", "#model-flowers-photo", "#model-flowers-answer", "#model-flowers-card"),
        ("objects", "#objects-photo", "#objects-verdict", "#objects-seen"),
    ],
)
def test_on_a_phone_the_answer_comes_right_under_the_picture(app, new_page, tab, subject, answer, later):
    page = new_page(390)
    page.goto(f"{app}/?tab={tab}")
    expect(page.locator(answer)).to_be_visible(timeout=READY_MS)
    first, second, third = (page.locator(each).first.bounding_box() for each in (subject, answer, later))
    page.close()
    assert 0 <= second["y"] - first["y"] - first["height"] < 30
    assert third["y"] >= second["y"] + second["height"]


def test_on_a_phone_a_film_is_chosen_then_answered_then_shown(app, new_page):
    page = new_page(390)
    page.goto(f"{app}/?tab=chest-x-ray")
    parts = [page.locator(f"#chest-{name}") for name in ("examples", "film", "answer", "look")]
    expect(parts[0].locator("button").first).to_be_visible(timeout=READY_MS)
    expect(parts[-1]).to_be_visible(timeout=READY_MS)
    tops = [part.bounding_box()["y"] for part in parts]
    page.close()
    assert tops == sorted(tops)
