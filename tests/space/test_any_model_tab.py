"""A model file that no tab was written for gets one: from its spec, with what the file gives."""

import dataclasses
import json
import sys
import urllib.request
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image
from playwright.sync_api import expect
from revisions import stamp
from serving import call_api, data_address, serving

from fovea import Metric, ModelFileError, ModelSpec, load
from fovea.expected import KEY, ExpectedAnswers, condensed
from space.app import TABS, build
from space.model_folder import ModelFolder
from space.tab import with_other_models

ROOT = Path(__file__).parents[2]
WAIT_MS = 30_000
# a grey level for each kind of answer
SURE, UNSURE, UNLIKE = 102, 0, 255


def changed(tiny_path, path, **fields):
    """The tiny model under `path` with other fields in its spec."""
    model = onnx.load(tiny_path)
    spec = ModelSpec.from_json(next(entry.value for entry in model.metadata_props if entry.key == "spec"))
    stamp(model, spec=dataclasses.replace(spec, **fields).to_json())
    onnx.save(model, path)
    return path


def with_heatmaps_and_score(path):
    """The model at `path` with each probability as a map of one cell, and 1.5 times the mean of all pixels as score."""
    model = onnx.load(path)
    constants = {"cell": (TensorProto.INT64, (4,), [0, 3, 1, 1]), "row": (TensorProto.INT64, (1,), [-1])}
    constants |= {"times": (TensorProto.FLOAT, (), [1.5])}
    model.graph.initializer.extend(helper.make_tensor(name, *value) for name, value in constants.items())
    model.graph.node.extend(
        [
            helper.make_node("Reshape", ["probabilities", "cell"], ["heatmaps"]),
            helper.make_node("Reshape", ["layer1", "row"], ["mean"]),
            helper.make_node("Mul", ["mean", "times"], ["ood_score"]),
        ]
    )
    shapes = {"heatmaps": ["N", 3, 1, 1], "ood_score": ["N"]}
    model.graph.output.extend(helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items())
    onnx.checker.check_model(model)
    stamp(model)
    onnx.save(model, path)


def linked(folder):
    for path in (ROOT / "models").glob("*.onnx"):
        (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def toy_path(tiny_path, tmp_path_factory):
    """`toy_shapes`: sure in the dark grey, unsure of black, and white is unlike its training images."""
    folder = linked(tmp_path_factory.mktemp("models"))
    path = changed(
        tiny_path,
        folder / "toy_shapes.onnx",
        task="toy_shapes",
        title="A toy",
        abstain_below=0.5,
        metrics=(Metric("accuracy", 0.75, "test", 40),),
        training_data="Toy shapes (drawn): 300 pictures",
    )
    with_heatmaps_and_score(path)
    return path


@pytest.fixture(scope="module")
def toy_app(toy_path):
    (toy_path.parent / "broken.onnx").write_bytes(b"")
    command = [sys.executable, "-m", "space", "--port", "PORT", "--models", str(toy_path.parent)]
    with serving(command, ROOT) as address:
        yield address


def test_a_model_that_answers_otherwise_on_this_machine_is_named_above_the_tabs(tiny, tiny_path, new_page, tmp_path):
    pixels = np.full((1, 28, 28, 1), SURE, np.uint8)
    expected = ExpectedAnswers(pixels, condensed(tiny.run(pixels)))
    expected.answers["probabilities"][0, 0] += np.float32(0.1)
    model = onnx.load(tiny_path)
    stamp(model, **{KEY: expected.to_text()})
    onnx.save(model, linked(tmp_path) / "tiny.onnx")
    with serving([sys.executable, "-m", "space", "--port", "PORT", "--models", str(tmp_path)], ROOT) as address:
        page = new_page(390)
        page.goto(address)
        expect(page.get_by_role("alert")).to_contain_text("Do not trust tiny.onnx here.", timeout=WAIT_MS)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.close()


@pytest.fixture
def page(toy_app, new_page):
    page = new_page(390)
    page.goto(f"{toy_app}/?tab=toy-shapes")
    expect(page.locator("#model-toy_shapes-answer")).to_contain_text("Upload a photo", timeout=WAIT_MS)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_nothing_is_said_of_models_that_answer_as_they_should(page):
    expect(page.get_by_role("alert")).to_have_count(0)


def photo(level, folder):
    Image.new("L", (60, 40), level).save(folder / "photo.png")
    return folder / "photo.png"


@pytest.mark.parametrize(
    ("level", "said", "note", "marked"),
    [
        (SURE, "light", "79.2 %", 1),
        (UNSURE, "Not sure", "This model does not answer below 50.0 %", 0),
        (UNLIKE, "This looks like none of the 3 classes", "1.5 times the cut-off", 0),
    ],
)
def test_a_photo_gets_the_answer_that_the_spec_allows(page, tmp_path, level, said, note, marked):
    page.locator("#model-toy_shapes-photo input[type=file]").set_input_files(photo(level, tmp_path))
    expect(page.locator("#model-toy_shapes-answer .class")).to_have_text(said, timeout=WAIT_MS)
    expect(page.locator("#model-toy_shapes-answer .note")).to_contain_text(note)
    expect(page.locator("#model-toy_shapes-answer .fovea-bars .name")).to_have_count(3)
    expect(page.locator("#model-toy_shapes-answer .fill.best")).to_have_count(marked)
    expect(page.locator("#model-toy_shapes-look .heat:visible")).to_have_count(1)


def test_the_panel_says_what_the_spec_says(page):
    page.locator(".tabitem:visible").get_by_role("button", name="About this model").click()
    about = page.locator(".tabitem:visible .fovea-about")
    expect(about).to_contain_text("it knows nothing")
    expect(about).to_contain_text("75.00 %, n = 40")


def test_the_endpoint_bears_the_tasks_name(toy_app, toy_path, tmp_path):
    content = photo(SURE, tmp_path).read_bytes()
    answer = call_api(toy_app, "toy_shapes", data_address(content, "image/png"))
    assert json.loads(answer.split("data: ", 1)[1])[0] == load(toy_path).predict(content).as_dict()
    with urllib.request.urlopen(f"{toy_app}/gradio_api/mcp/schema", timeout=20) as response:
        tools = {tool["name"]: tool["description"] for tool in json.load(response)}
    assert "A toy: dark, light or neither." in tools["toy_shapes"]


def test_its_accuracy_stands_among_the_networks(toy_app, new_page):
    page = new_page()
    page.goto(f"{toy_app}/?tab=compare")
    page.get_by_role("button", name="Every network that was trained here").click(timeout=WAIT_MS)
    row = page.locator("#compare-measured tr", has_text="models/toy_shapes.onnx")
    expect(row).to_contain_text("Toy shapes", timeout=WAIT_MS)
    expect(row).to_contain_text("75.00")
    page.close()


def names(folder):
    return [(tab.name, tab.title) for tab in with_other_models(TABS, ModelFolder(folder))][len(TABS) :]


def test_a_task_that_has_a_tab_is_told_by_its_file(tiny_path, tmp_path):
    linked(tmp_path)
    changed(tiny_path, tmp_path / "digits_old.onnx", task="digits")
    changed(tiny_path, tmp_path / "film.onnx", task="Chest X-ray")
    changed(tiny_path, tmp_path / "toy.onnx", task="toy shapes!")
    changed(tiny_path, tmp_path / "compare.onnx", task="compare")
    assert names(tmp_path) == [
        ("compare_2", "Compare 2"),
        ("digits_old", "Digits old"),
        ("film", "Film"),
        ("toy_shapes", "Toy shapes"),
    ]


def test_files_with_their_own_tab_and_files_without_classes_get_no_other(tmp_path):
    assert names(linked(tmp_path)) == []


def test_a_tab_without_its_model_is_left_out(tiny_path, tmp_path):
    changed(tiny_path, tmp_path / "toy.onnx", task="digits")
    assert [(tab.name, tab.title) for tab in with_other_models(TABS, ModelFolder(tmp_path))] == [("digits", "Digits")]


def test_a_folder_without_models_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match=r"holds no model to show\. Export one with"):
        build(tmp_path)


def test_a_file_that_cannot_be_opened_is_left_out_and_named_in_the_log(tiny_path, tmp_path, caplog):
    changed(tiny_path, tmp_path / "toy.onnx", task="toy")
    (tmp_path / "empty.onnx").write_bytes(b"")
    (tmp_path / "text.onnx").write_text("hello")
    models = ModelFolder(tmp_path)
    for _again in range(2):
        assert [model.path.stem for model in models.classifiers()] == ["toy"]
    said = [record.getMessage() for record in caplog.records]
    assert [sentence.split(". ")[0] for sentence in said] == [
        "The app leaves out empty.onnx",
        "The app leaves out text.onnx",
    ]
    assert all("is not a model that onnxruntime can open" in sentence for sentence in said)
