"""The Lessons tab in headless Chromium: each lesson is taken to its end, on a phone and on a desk."""

import json

import pytest
from playwright.sync_api import expect
from serving import call_api

READY_MS = 60_000


@pytest.fixture(scope="module", params=[(390, "dark"), (1280, "light")], ids=["phone", "desk"])
def page(request, app, new_page):
    width, theme = request.param
    page = new_page(width)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app}/?tab=lessons&__theme={theme}")
    expect(page.locator("#lessons article").first).to_be_visible(timeout=READY_MS)
    yield page
    assert errors == []
    page.close()


def test_every_lesson_is_taken_to_its_end(page):
    articles = page.locator("#lessons article")
    expect(articles).to_have_count(10)
    for number in range(1, 11):
        lesson = page.locator(f"#lessons article[data-lesson='{number}']")
        expect(lesson).to_be_visible()
        expect(page.locator("#lessons article:visible")).to_have_count(1)
        expect(page.locator("#lessons .place")).to_have_text(f"{number} of 10")
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
        happened, answer = lesson.locator("details").all()
        choice = lesson.locator(".predict-first button").nth(number % 3)
        assert not happened.evaluate("each => each.open")
        choice.click()
        expect(choice).to_have_attribute("aria-pressed", "true")
        assert happened.evaluate("each => each.open")
        for picture in lesson.locator("svg").all():
            box = picture.bounding_box()
            assert box["width"] > 300
            assert box["x"] + box["width"] <= page.viewport_size["width"]
        answer.locator("summary").click()
        assert answer.evaluate("each => each.open")
        if number < 10:
            page.locator("#lessons .next").click()
    expect(page.locator("#lessons .next")).to_be_disabled()
    assert "lesson=10" in page.url


def test_a_question_is_chosen_and_stands_in_the_address(page):
    page.locator("#lessons select").select_option("5")
    expect(page.locator("#lessons article:visible h2")).to_contain_text("residual connections")
    page.locator("#lessons .previous").click()
    expect(page.locator("#lessons article:visible h2")).to_contain_text("transfer learning")
    assert page.url.partition("?")[2].endswith("lesson=4")


def test_a_link_opens_compare_at_its_section_with_its_training_and_back_returns(app, new_page):
    page = new_page()
    page.goto(f"{app}/?tab=lessons&lesson=9")
    expect(page.locator("#lessons article:visible h2")).to_contain_text("GoogLeNet", timeout=READY_MS)
    page.get_by_role("link", name="Open this training in Compare").click()
    expect(page.locator("#compare-training-verdict")).to_contain_text("10,000 test images", timeout=READY_MS)
    expect(page.locator("#compare-training input")).to_have_value("GoogLeNet, 0.5 of its width on CIFAR-10")
    expect(page.locator("#compare-curves")).to_be_in_viewport(timeout=READY_MS)
    page.go_back()
    expect(page.locator("#lessons article:visible h2")).to_contain_text("GoogLeNet", timeout=READY_MS)
    page.close()


def test_a_link_opens_the_filters_of_alexnet(app, new_page):
    page = new_page()
    page.goto(f"{app}/?tab=lessons&lesson=8")
    page.get_by_role("link", name="Open all filters").click(timeout=READY_MS)
    grid = page.locator("#feature-maps-viewer canvas.grid")
    expect(grid).to_have_attribute("data-layer", "alexnet conv1 filters", timeout=READY_MS)
    page.close()


def test_programs_get_a_lesson_as_markdown_and_a_wrong_number_is_named(app):
    said = call_api(app, "lesson", "5")
    markdown = json.loads(said.split("data: ", 1)[1])[0]
    assert markdown.startswith("# 5. What do residual connections")
    assert "The lesson is '11'. Choose 1 to 10." in call_api(app, "lesson", "11")
