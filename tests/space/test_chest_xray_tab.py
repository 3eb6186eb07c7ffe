"""The Chest X-ray tab in headless Chromium: the drawn phantom, real DICOM files where they are, and files to refuse."""

import json
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import expect
from serving import call_api, data_address

from fovea import load
from fovea.dicom import read_dicom
from space.film.answer import UNLIKE
from space.film.examples import RIGHT, examples, outcome

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples" / "chest_xray"
REAL_FILMS = ROOT.parent / "shared" / "data" / "dicom"
ANSWER_MS = 20_000


@pytest.fixture(scope="module")
def answered():
    """An example that this model names rightly."""
    model = load(ROOT / "models" / "chest_xray.onnx")
    return next(example.path for example in examples() if outcome(example, model) == RIGHT)


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


def click_example(page, name):
    page.locator(f"#chest-examples button[data-name='{name}']").click()


def is_shown(page):
    """A film, whatever is said of it."""
    expect(page.locator("#chest-look .window")).to_have_count(1, timeout=ANSWER_MS)
    expect(page.locator("#chest-answer .class")).to_have_count(1)


def test_an_answered_film_gets_three_probabilities_and_what_answers_are_worth_elsewhere(page, answered):
    upload(page, answered)
    is_shown(page)
    assert page.locator("#chest-answer .fovea-bars .name").count() == 3
    expect(page.locator("#chest-answer .fovea-worth")).to_contain_text("On films of other hospitals")


@pytest.mark.parametrize("name", ["phantom.png", "phantom.dcm"])
def test_a_refused_film_is_shown_without_a_percentage_or_a_heatmap(page, name):
    upload(page, EXAMPLES / name)
    is_shown(page)
    expect(page.locator("#chest-answer .class")).to_have_text(UNLIKE)
    assert page.locator("#chest-answer .fovea-bars").count() == 0
    assert page.locator("#chest-look .heat").count() == 0
    expect(page.locator("#chest-look")).to_contain_text("There is no heatmap, because the model refuses this film.")


@pytest.mark.parametrize("name", ["cr_mono1_10bit.dcm", "cr_mono1_15bit_jpeg2000.dcm", "dx_mono2_implicit_le.dcm"])
def test_a_real_dicom_film_is_read(app, new_page, name):
    if not (REAL_FILMS / name).is_file():
        pytest.skip(f"{name} is not in ../shared/data/dicom")
    page = new_page()
    page.goto(f"{app}/?tab=chest-x-ray")
    upload(page, REAL_FILMS / name)
    is_shown(page)
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
    is_shown(page)
    page.mouse.move(150, 600)
    page.mouse.wheel(0, 600)
    warning = page.get_by_role("note").filter(has_text="Not a medical device")
    expect(warning).to_be_in_viewport()


def test_heat_is_off_until_a_class_is_chosen_and_as_opaque_as_its_slider_says(page, answered):
    upload(page, answered)
    is_shown(page)
    heat = page.locator("#chest-look .heat:visible")
    expect(heat).to_have_count(0)
    page.get_by_role("button", name="COVID-19", exact=True).click()
    expect(heat).to_have_attribute("alt", "heatmap of COVID-19")
    expect(page.locator("#chest-look .heat-note:visible")).to_contain_text("COVID-19 has")
    assert heat.evaluate("heat => getComputedStyle(heat).opacity") != "0.2"
    page.locator("#chest-look input.opacity").fill("20")
    assert heat.evaluate("heat => getComputedStyle(heat).opacity") == "0.2"
    page.get_by_role("button", name="No heat").click()
    expect(heat).to_have_count(0)


def test_a_drawing_is_not_taken_for_a_chest_film(page):
    flower = ROOT / "space" / "examples" / "flowers" / "yellow-flower.jpg"
    upload(page, flower)
    expect(page.locator("#chest-answer .class")).to_have_text(UNLIKE, timeout=ANSWER_MS)


def clear(page):
    page.locator("#chest-film").get_by_label("Clear").first.click()


def is_blank_but_for(page, sentence):
    expect(page.locator("#chest-answer .fovea-answer")).to_contain_text(sentence, timeout=ANSWER_MS)
    expect(page.locator("#chest-answer .fovea-bars")).to_have_count(0)
    expect(page.locator("#chest-look .overlay")).to_have_count(0)


def test_a_refused_film_takes_the_answer_before_it_away_and_says_why(page, tmp_path):
    upload(page, EXAMPLES / "phantom.png")
    is_shown(page)
    (tmp_path / "cut.dcm").write_bytes((EXAMPLES / "phantom.dcm").read_bytes()[:2000])
    clear(page)
    upload(page, tmp_path / "cut.dcm")
    is_blank_but_for(page, "The DICOM file is truncated")
    click_example(page, "phantom.dcm")
    is_shown(page)
    clear(page)
    is_blank_but_for(page, "Upload a frontal chest film")


def test_where_the_queue_is_full_the_answer_before_it_goes_too(page):
    click_example(page, "nih-00000820.jpg")
    is_shown(page)
    page.route("**/gradio_api/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
    click_example(page, "phantom.dcm")
    is_blank_but_for(page, "The app did not answer. Please try again.")
    page.unroute("**/gradio_api/queue/join*")
    click_example(page, "nih-00000820.jpg")
    is_shown(page)


def test_examples_are_read_when_they_are_clicked_again_and_again(page):
    for name in ("nih-00000820.jpg", "phantom.dcm", "nih-00000820.jpg"):
        click_example(page, name)
        expect(page.locator("#chest-film .file")).to_contain_text(name[-4:], timeout=ANSWER_MS)
        is_shown(page)


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
    is_shown(page)
    assert len(before_reading[0]) == 1
    assert copies() == []
