"""The Chest X-ray tab in headless Chromium: the drawn phantom, real DICOM files where they are, and files to refuse."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from serving import call_api, data_address

from fovea import Prediction, load
from fovea.dicom import read_dicom
from space.tabs.chest_xray import answer_on_film

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples" / "chest_xray"
REAL_FILMS = ROOT.parent / "shared" / "data" / "dicom"
ANSWER_MS = 20_000
UNLIKE = "This does not look like a frontal chest X-ray"


@pytest.fixture(params=[1280, 390])
def page(request, app, new_page):
    page = new_page(request.param)
    page.goto(f"{app}/?tab=chest-x-ray")
    expect(page.locator("#chest-answer")).to_contain_text("Upload a frontal chest film", timeout=30_000)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") == request.param
    page.close()


def upload(page, path):
    page.locator("#chest-film input[type=file]").set_input_files(path)


def is_answered(page):
    expect(page.locator("#chest-answer .fovea-bars .name")).to_have_count(3, timeout=ANSWER_MS)
    expect(page.locator("#chest-look .heat:visible")).to_have_count(1)


@pytest.mark.parametrize("name", ["phantom.png", "phantom.dcm"])
def test_a_film_gets_three_probabilities_and_a_heatmap(page, name):
    upload(page, EXAMPLES / name)
    is_answered(page)
    assert page.locator("#chest-look .window").count() == 1


@pytest.mark.parametrize("name", ["cr_mono1_10bit.dcm", "cr_mono1_15bit_jpeg2000.dcm", "dx_mono2_implicit_le.dcm"])
def test_a_real_dicom_film_is_read(app, new_page, name):
    if not (REAL_FILMS / name).is_file():
        pytest.skip(f"{name} is not in ../shared/data/dicom")
    page = new_page()
    page.goto(f"{app}/?tab=chest-x-ray")
    upload(page, REAL_FILMS / name)
    is_answered(page)
    page.close()


def test_a_film_that_names_a_patient_says_so_without_the_name(app, new_page, tmp_path):
    dataset = pydicom.dcmread(EXAMPLES / "phantom.dcm")
    dataset.PatientName, dataset.PatientID, dataset.PatientIdentityRemoved = "Qwertz^Erika", "anonymous", "NO"
    dataset.save_as(tmp_path / "named.dcm")
    page = new_page()
    page.goto(f"{app}/?tab=chest-x-ray")
    said = page.locator("#chest-answer").get_by_text("This file names a patient")
    upload(page, tmp_path / "named.dcm")
    expect(said).to_have_text(
        "This file names a patient in (0010,0010) PatientName. Remove that before you share the file.",
        timeout=ANSWER_MS,
    )
    assert "Qwertz" not in page.content()
    page.close()


def test_the_warning_stays_in_sight(page):
    upload(page, EXAMPLES / "phantom.png")
    is_answered(page)
    page.mouse.move(150, 600)
    page.mouse.wheel(0, 600)
    warning = page.get_by_role("note").filter(has_text="Not a medical device")
    expect(warning).to_be_in_viewport()


def test_window_and_heatmap_are_changed_in_the_page(page):
    upload(page, EXAMPLES / "phantom.dcm")
    overlay = page.locator("#chest-look .overlay")
    overlay.get_by_role("button", name="covid19").click(timeout=ANSWER_MS)
    expect(overlay.locator(".heat:visible")).to_have_attribute("alt", "heatmap of covid19")
    width = overlay.locator("input.width")
    slopes = []
    for steps in (100, 20):
        width.fill(str(float(width.get_attribute("step")) * steps))
        slopes.append(float(overlay.locator("feFuncR").get_attribute("slope")))
    assert slopes == pytest.approx([2, 10])


def test_the_heatmap_is_as_opaque_as_its_slider_says(page):
    upload(page, EXAMPLES / "phantom.png")
    is_answered(page)
    heat = page.locator("#chest-look .heat:visible")
    assert heat.evaluate("heat => getComputedStyle(heat).opacity") != "0.2"
    page.locator("#chest-look input.opacity").fill("20")
    assert heat.evaluate("heat => getComputedStyle(heat).opacity") == "0.2"


@pytest.mark.parametrize(
    ("probability", "ood_score", "decided", "words"),
    [
        (0.79, 0.7, "Not sure", "The most probable class, pneumonia, has 79 %. This model does not answer below 80 %."),
        (0.80, 0.7, "pneumonia", "80 %"),
        (0.79, 1.2, UNLIKE, "It scores 1.2 times the cut-off for unfamiliar images."),
        (0.99, 1.0, UNLIKE, "The percentages below mean nothing for it."),
    ],
)
def test_both_ways_not_to_answer_are_answers_of_their_own(probability, ood_score, decided, words):
    spec = dataclasses.replace(load(ROOT / "models" / "chest_xray.onnx").spec, abstain_below=0.8)
    outputs = {"probabilities": np.array([[1 - probability, probability, 0]]), "ood_score": np.array([ood_score])}
    page = answer_on_film(Prediction.of(outputs, spec, np.zeros((1, 1, 1), np.uint8)), spec)
    assert words in page
    assert f">{decided}<" in page
    assert (spec.meanings[1] in page) == (decided == "pneumonia")


def test_a_drawing_is_not_taken_for_a_chest_film(page):
    flower = ROOT / "space" / "examples" / "flowers" / "yellow-flower.jpg"
    upload(page, flower)
    expect(page.locator("#chest-answer .class")).to_have_text(
        "This does not look like a frontal chest X-ray", timeout=ANSWER_MS
    )


def clear(page):
    page.locator("#chest-film").get_by_label("Clear").first.click()


def is_blank_but_for(page, sentence):
    expect(page.locator("#chest-answer .fovea-answer")).to_contain_text(sentence, timeout=ANSWER_MS)
    expect(page.locator("#chest-answer .fovea-bars")).to_have_count(0)
    expect(page.locator("#chest-look .overlay")).to_have_count(0)


def test_a_refused_film_takes_the_answer_before_it_away_and_says_why(page, tmp_path):
    upload(page, EXAMPLES / "phantom.png")
    is_answered(page)
    (tmp_path / "cut.dcm").write_bytes((EXAMPLES / "phantom.dcm").read_bytes()[:2000])
    clear(page)
    upload(page, tmp_path / "cut.dcm")
    is_blank_but_for(page, "The DICOM file is truncated")
    page.get_by_role("button", name="phantom.dcm").click()
    is_answered(page)
    clear(page)
    is_blank_but_for(page, "Upload a frontal chest film")


def test_where_the_queue_is_full_the_answer_before_it_goes_too(page):
    page.get_by_role("button", name="phantom.png").click()
    is_answered(page)
    page.route("**/gradio_api/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
    page.get_by_role("button", name="phantom.dcm").click()
    is_blank_but_for(page, "The app did not answer. Please try again.")
    page.unroute("**/gradio_api/queue/join*")
    page.get_by_role("button", name="phantom.png").click()
    is_answered(page)


def test_examples_are_read_when_they_are_clicked_again_and_again(page):
    for name in ("phantom.png", "phantom.dcm", "phantom.png"):
        page.get_by_role("button", name=name).click()
        expect(page.locator("#chest-film .file")).to_contain_text(name[-4:], timeout=ANSWER_MS)
        is_answered(page)


def test_what_it_was_trained_on_is_one_click_away(page):
    panel = page.locator(".tabitem:visible")
    panel.get_by_role("button", name="About this model").click()
    about = panel.locator(".fovea-about")
    expect(about).to_contain_text("Kermany")
    expect(about).to_contain_text("Not a medical device")
    panel.get_by_role("button", name="Model card").click()
    card = panel.locator(".fovea-card")
    expect(card.get_by_role("heading", name="On films of other hospitals")).to_be_visible()
    expect(card.get_by_role("heading", name="How it fails")).to_be_visible()


def call(app, content):
    return call_api(app, "chest_xray", data_address(content, "application/dicom"))


def test_the_api_gives_decision_probabilities_and_score(app):
    answer = json.loads(call(app, (EXAMPLES / "phantom.dcm").read_bytes()).split("data: ", 1)[1])[0]
    assert set(answer["probabilities"]) == {"normal", "pneumonia", "covid19"}
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert answer["decision"] == "abstain"
    assert "unlike_training" in answer["reasons"]
    assert answer["warnings"] == list(read_dicom((EXAMPLES / "phantom.dcm").read_bytes()).warnings)


def test_the_api_refuses_what_it_cannot_read(app):
    assert "event: error" in call(app, b"no film at all")


def test_an_uploaded_film_is_on_disk_until_it_is_read_and_not_after(page, app_temp_dir, tmp_path):
    marker = b"planted marker 4b1d"  # behind the image, ignored by PNG readers
    (tmp_path / "mine.png").write_bytes((EXAMPLES / "phantom.png").read_bytes() + marker)

    def copies():
        return [path for path in app_temp_dir.rglob("*") if path.is_file() and marker in path.read_bytes()]

    before_reading = []

    def note_and_go_on(route):
        before_reading.append(copies())
        route.continue_()

    page.route("**/gradio_api/queue/join*", note_and_go_on)  # the call that reads a film, once it is uploaded
    upload(page, tmp_path / "mine.png")
    is_answered(page)
    assert len(before_reading[0]) == 1
    assert copies() == []
