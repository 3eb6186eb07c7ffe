"""The Objects tab in headless Chromium: one network, two side by side, and what is said when they differ."""

import json
import re
import sys
import urllib.request
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from serving import call_api, data_address, serving

from fovea import Prediction, load
from space.credits import examples
from space.model_folder import ModelFolder
from space.tabs import objects
from space.tabs.objects import EXAMPLES, NETWORKS, Reply, as_dict, ask, verdict, words

ROOT = Path(__file__).parents[2]
SECOND = "objects_inception_v3"
WAIT_MS = 20_000


def models_with(folder, *more):
    """`folder` with the shipped models, the second network only if it is among `more`: names and the files they are."""
    for path in (ROOT / "models").glob("*.onnx"):
        if path.stem != SECOND:
            (folder / path.name).symlink_to(path)
    for name, path in more:
        (folder / f"{name}.onnx").symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The app with two networks: the second is the first one again, so that they agree."""
    folder = models_with(tmp_path_factory.mktemp("pair"), (SECOND, ROOT / "models" / "objects.onnx"))
    with serving([sys.executable, "-m", "space", "--port", "PORT", "--models", str(folder)], ROOT) as address:
        yield address


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The app with the first network only."""
    folder = models_with(tmp_path_factory.mktemp("alone"))
    with serving([sys.executable, "-m", "space", "--port", "PORT", "--models", str(folder)], ROOT) as address:
        yield address


def opened(new_page, address, width):
    page = new_page(width)
    page.goto(f"{address}/?tab=objects")
    expect(page.locator("#objects-verdict")).to_be_visible(timeout=60_000)
    return page


@pytest.fixture(params=[1280, 390])
def page(request, pair, new_page):
    page = opened(new_page, pair, request.param)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") == request.param
    page.close()


def upload(page, path):
    page.locator("#objects-photo input[type=file]").set_input_files(path)


def test_a_photo_gets_both_answers_both_heatmaps_and_the_pixels_that_they_saw(page):
    expect(page.locator("#objects-verdict")).to_contain_text("Upload a photo")
    upload(page, EXAMPLES / "frog.jpg")
    for file in ("objects", SECOND):
        expect(page.locator(f"#{file}-answer .fovea-bars .name")).to_have_count(5, timeout=WAIT_MS)
        expect(page.locator(f"#{file}-answer")).to_contain_text("Answered in")
        expect(page.locator(f"#{file}-look .heat:visible")).to_have_count(1)
        expect(page.locator(f"#{file}-look .heat")).to_have_count(10)
    expect(page.locator("#objects-verdict")).to_contain_text("GoogLeNet and Inception-v3 agree")
    seen = page.locator("#objects-seen img")
    assert seen.evaluate("image => [image.naturalWidth, getComputedStyle(image).imageRendering]") == [32, "pixelated"]
    assert seen.bounding_box()["width"] >= 200


def test_the_shipped_pair_shows_what_each_file_says_of_the_same_photo(app, new_page):
    photo = (EXAMPLES / "cat.jpg").read_bytes()
    answers = {name: ask({name: load(ROOT / "models" / f"{file}.onnx")}, photo)[0] for name, file in NETWORKS.items()}
    first, second = answers.values()
    assert first.model.revision != second.model.revision
    assert abs(first.prediction.probabilities - second.prediction.probabilities).max() > 0.001
    page = opened(new_page, app, 1280)
    upload(page, EXAMPLES / "cat.jpg")
    for name, file in NETWORKS.items():
        bars = page.locator(f"#{file}-answer .fovea-bars")
        expected = answers[name].prediction.top(5)
        expect(bars.locator(".name")).to_have_text([label for label, _ in expected], timeout=WAIT_MS)
        expect(bars.locator(".share").first).to_have_text(f"{expected[0][1] * 100:.1f} %")
    said = re.sub("<[^>]+>", " ", verdict(list(answers.values()))).split()
    assert page.locator("#objects-verdict").inner_text().split() == said
    page.close()


def test_slider_and_class_buttons_change_the_heatmap_of_their_own_network(page):
    upload(page, EXAMPLES / "cat.jpg")
    first, second = (page.locator(f"#{file}-look .overlay") for file in ("objects", SECOND))
    first.locator("input.opacity").fill("20", timeout=WAIT_MS)
    first.get_by_role("button", name="truck").click()
    expect(first.locator(".heat:visible")).to_have_attribute("alt", "heatmap of truck")
    assert first.locator(".heat:visible").evaluate("heat => getComputedStyle(heat).opacity") == "0.2"
    assert second.locator(".heat:visible").evaluate("heat => getComputedStyle(heat).opacity") == "0.55"
    expect(second.get_by_role("button", name="truck")).to_have_attribute("aria-pressed", "false")


def test_an_example_is_read_when_it_is_clicked_and_clearing_takes_the_answer_away(pair, new_page):
    page = opened(new_page, pair, 1280)
    page.locator(".fovea-examples button:visible").first.click()
    expect(page.locator("#objects-answer .fovea-bars .name")).to_have_count(5, timeout=WAIT_MS)
    page.locator("#objects-photo").get_by_label("Remove").or_(
        page.locator("#objects-photo").get_by_label("Clear")
    ).click()
    expect(page.locator("#objects-answer .fovea-bars")).to_have_count(0, timeout=WAIT_MS)
    expect(page.locator("#objects-verdict")).to_contain_text("Upload a photo")
    page.close()


def test_a_refused_photo_takes_both_answers_before_it_away_and_says_why(page, tmp_path):
    (tmp_path / "cut.jpg").write_bytes((EXAMPLES / "cat.jpg").read_bytes()[:3000])
    for name, sentence in (("cat.jpg", "The image is truncated or damaged"), ("frog.jpg", "")):
        upload(page, EXAMPLES / name)
        expect(page.locator("#objects-verdict .class")).to_have_count(1, timeout=WAIT_MS)
        expect(page.locator("#objects-seen img")).to_have_count(1)
        for file in ("objects", SECOND):
            expect(page.locator(f"#{file}-answer .fovea-bars")).to_have_count(1)
            expect(page.locator(f"#{file}-look .heat:visible")).to_have_count(1)
        if not sentence:
            return
        upload(page, tmp_path / "cut.jpg")
        expect(page.locator("#objects-verdict .fovea-answer")).to_contain_text(sentence, timeout=WAIT_MS)
        expect(page.locator("#objects-seen img")).to_have_count(0)
        for file in ("objects", SECOND):
            expect(page.locator(f"#{file}-answer .fovea-bars")).to_have_count(0)
            expect(page.locator(f"#{file}-look .overlay")).to_have_count(0)


def test_every_example_names_its_author_and_licence(pair, new_page):
    page = opened(new_page, pair, 1280)
    for example in examples(EXAMPLES):
        expect(page.locator(".fovea-credits:visible")).to_contain_text(f"{example.author}, {example.licence}")
    page.close()


def test_a_network_alone_gives_the_verdict_itself(alone, new_page):
    page = opened(new_page, alone, 1280)
    upload(page, EXAMPLES / "frog.jpg")
    expect(page.locator("#objects-answer .fovea-bars .name")).to_have_count(5, timeout=WAIT_MS)
    expect(page.locator("#objects-verdict .class")).to_have_count(1)
    expect(page.locator("#objects-verdict")).not_to_contain_text("agree")
    expect(page.locator("#objects-answer .fovea-answer")).to_have_count(0)
    expect(page.locator(f"#{SECOND}-answer")).to_have_count(0)
    page.close()


def test_the_api_gives_the_figures_of_each_network(pair):
    photo = (EXAMPLES / "horse.jpg").read_bytes()
    answer = call_api(pair, "objects", data_address(photo, "image/jpeg"))
    assert "event: complete" in answer
    figures = json.loads(answer.split("data: ", 1)[1])[0]["networks"]
    assert set(figures) == {"GoogLeNet", "Inception-v3"}
    for of_one in figures.values():
        assert of_one["ood_score"] > 0
        assert len(of_one["probabilities"]) == 10
        assert sum(of_one["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_the_api_says_what_is_wrong_with_the_image(pair):
    answer = call_api(pair, "objects", "hello")
    assert "event: error" in answer
    assert "The image is not a data address" in answer


def test_the_tab_is_an_mcp_tool(pair):
    with urllib.request.urlopen(f"{pair}/gradio_api/mcp/schema", timeout=20) as response:
        tools = json.load(response)
    assert [tool["name"] for tool in tools if "airplane, automobile" in tool["description"]]


@pytest.fixture(scope="module")
def model():
    return load(ROOT / "models" / "objects.onnx")


def answer(model, network, name, score):
    """What a network would say that is sure of `name`, at that distance from its training images."""
    probabilities = np.full(10, 0.01, dtype=np.float32)
    probabilities[model.spec.classes.index(name)] = 0.91
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    outputs = {"probabilities": probabilities[np.newaxis], "ood_score": np.array([score])}
    prediction = Prediction.of(outputs, model.spec, pixels)
    return Reply(network, model, Image.new("RGB", (32, 32)), prediction, seconds=0.0123)


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (("cat", 0.5), ("cat", 0.5), "GoogLeNet and Inception-v3 agree."),
        (("cat", 0.5), ("dog", 0.5), "GoogLeNet says cat, Inception-v3 says dog."),
        (("cat", 0.5), ("cat", 1.5), "GoogLeNet says cat, Inception-v3 finds it unlike all 10."),
        (
            ("cat", 1.0),
            ("dog", 2.0),
            'none of the 10 kinds of object</span><span class="note">GoogLeNet and Inception-v3 agree.',
        ),
    ],
)
def test_the_verdict_says_whether_the_networks_agree(model, first, second, sentence):
    said = verdict([answer(model, "GoogLeNet", *first), answer(model, "Inception-v3", *second)])
    assert sentence in said
    assert ("unlike" in said) == (first != second)


@pytest.mark.parametrize(
    ("first", "second", "decision", "reasons"),
    [
        (("cat", 0.5), ("cat", 0.5), "cat", []),
        (("cat", 0.5), ("dog", 0.5), "abstain", ["disagreement"]),
        (("cat", 0.5), ("cat", 1.5), "abstain", ["disagreement"]),
        (("cat", 1.0), ("dog", 2.0), "abstain", ["unlike_training"]),
    ],
)
def test_the_api_decides_as_the_verdict_does(model, first, second, decision, reasons):
    said = as_dict([answer(model, "GoogLeNet", *first), answer(model, "Inception-v3", *second)])
    assert (said["decision"], said["reasons"]) == (decision, reasons)
    assert said["networks"]["Inception-v3"]["ood_score"] == second[1]


def test_a_photo_far_from_the_training_images_is_no_class(model):
    far = answer(model, "GoogLeNet", "cat", 2.5)
    assert "This looks like none of the 10 kinds of object" in verdict([far])
    assert "It scores 2.5 times the cut-off for unfamiliar images." in words(far, 2)
    assert "Answered in 12 ms." in words(far, 2)
    assert "fill best" not in words(far, 2)
    assert "fill best" in words(answer(model, "GoogLeNet", "cat", 0.9), 2)


def test_without_any_model_the_tab_says_which_command_makes_it(tmp_path):
    with gr.Blocks(analytics_enabled=False) as page:
        objects.build(ModelFolder(tmp_path))
    assert "python -m export objects" in json.dumps(page.get_config_file())
