"""The Flowers tab in headless Chromium, with photos that are free to use."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect
from serving import call_api, data_address

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples" / "flowers"


@pytest.fixture(params=[1280, 390])
def page(request, app, new_page):
    page = new_page(request.param)
    page.goto(app)
    page.get_by_role("tab", name="Flowers").click()
    expect(page.locator("#model-flowers-answer")).to_contain_text("Upload a photo", timeout=30_000)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") == request.param
    page.close()


def upload(page, path):
    page.locator("#model-flowers-photo input[type=file]").set_input_files(path)


def test_a_photo_gets_its_flower_with_all_probabilities_and_a_heatmap(page):
    upload(page, EXAMPLES / "yellow-flower.jpg")
    expect(page.locator("#model-flowers-answer .fovea-bars .name")).to_have_count(5, timeout=15_000)
    expect(page.locator("#model-flowers-look .heat:visible")).to_have_count(1)


def test_slider_and_class_buttons_change_the_heatmap_in_the_page(page):
    upload(page, EXAMPLES / "two-seeds.jpg")
    overlay = page.locator("#model-flowers-look .overlay")
    overlay.locator("input.opacity").fill("20", timeout=15_000)
    assert overlay.locator(".heat:visible").evaluate("heat => getComputedStyle(heat).opacity") == "0.2"
    overlay.get_by_role("button", name="tulips").click()
    expect(overlay.locator(".heat:visible")).to_have_attribute("alt", "heatmap of tulips")
    expect(overlay.get_by_role("button", name="tulips")).to_have_attribute("aria-pressed", "true")


def test_a_portrait_is_no_flower(page):
    upload(page, EXAMPLES / "portrait.jpg")
    expect(page.locator("#model-flowers-answer .class")).to_have_text(
        "This looks like none of the 5 kinds of flower", timeout=15_000
    )


def is_answered(page):
    expect(page.locator("#model-flowers-answer .fovea-bars .name")).to_have_count(5, timeout=15_000)
    expect(page.locator("#model-flowers-look .heat:visible")).to_have_count(1)


def is_blank_but_for(page, sentence):
    expect(page.locator("#model-flowers-answer .fovea-answer")).to_contain_text(sentence, timeout=15_000)
    expect(page.locator("#model-flowers-answer .fovea-bars")).to_have_count(0)
    expect(page.locator("#model-flowers-look .overlay")).to_have_count(0)


def test_a_refused_photo_takes_the_answer_before_it_away_and_says_why(page, tmp_path):
    upload(page, EXAMPLES / "dahlia.jpg")
    is_answered(page)
    (tmp_path / "cut.jpg").write_bytes((EXAMPLES / "dahlia.jpg").read_bytes()[:3000])
    upload(page, tmp_path / "cut.jpg")
    is_blank_but_for(page, "The image is truncated or damaged")
    upload(page, EXAMPLES / "dahlia.jpg")
    is_answered(page)
    page.locator("#model-flowers-photo").get_by_label("Remove Image").click()
    is_blank_but_for(page, "Upload a photo")


def test_an_example_is_read_when_it_is_clicked(page):
    page.locator(".fovea-examples button:visible").first.click()
    expect(page.locator("#model-flowers-answer .fovea-bars .name")).to_have_count(5, timeout=15_000)


def test_every_example_names_its_author_and_licence(page):
    for row in json.loads((EXAMPLES / "credits.json").read_text()):
        assert (EXAMPLES / row["file"]).is_file()
        expect(page.locator(".fovea-credits")).to_contain_text(f"{row['author']}, {row['licence']}")


def test_the_api_names_a_flower(app):
    photo = (EXAMPLES / "yellow-flower.jpg").read_bytes()
    answer = call_api(app, "flowers", data_address(photo, "image/jpeg"))
    assert "event: complete" in answer
    assert json.loads(answer.split("data: ", 1)[1])[0]["decision"] == "dandelion"
