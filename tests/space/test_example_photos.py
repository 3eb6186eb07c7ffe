"""The example photos: those that a tab names are named rightly by every file that ships, and all have their credits."""

from pathlib import Path

import pytest

from fovea import load
from space.credits import examples

ROOT = Path(__file__).parents[2]
FOLDERS = {"flowers": ("flowers",), "objects": ("objects", "objects_inception_v3"), "feature_maps": ()}
NAMED = [
    (model, example)
    for folder, models in FOLDERS.items()
    for example in examples(ROOT / "space" / "examples" / folder)
    for model in models
    if example.names
]


@pytest.fixture(scope="module")
def models():
    return {name: load(ROOT / "models" / f"{name}.onnx") for names in FOLDERS.values() for name in names}


@pytest.mark.parametrize(("model", "example"), NAMED, ids=[f"{model}-{example.path.stem}" for model, example in NAMED])
def test_the_shipped_file_names_an_example_as_its_credits_do(models, model, example):
    assert models[model].predict(example.path.read_bytes()).decision.class_name == example.names


def test_flowers_and_objects_open_with_most_of_their_classes(models):
    named = {(model, example.names) for model, example in NAMED}
    missing = {(name, each) for name, model in models.items() for each in model.spec.classes} - named
    # no free photo of a tulip or a ship was found
    assert missing == {("flowers", "tulips"), ("objects", "ship"), ("objects_inception_v3", "ship")}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_photo_of_a_folder_has_its_credits_and_every_tab_some_that_may_fool_it(folder):
    shown = examples(ROOT / "space" / "examples" / folder)
    assert all(example.path.is_file() and example.author and example.licence and example.source for example in shown)
    photos = {path.name for path in (ROOT / "space" / "examples" / folder).iterdir()} - {"credits.json"}
    assert photos <= {example.path.name for example in shown}
    assert any(not example.names for example in shown)
