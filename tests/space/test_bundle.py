"""The bundle stands alone: started from another folder, with nothing of the repository on the path."""

import os
import sys

import pytest
from huggingface_hub import RepoCard
from serving import serving

from fovea import ModelFileError
from space.bundle import make


def test_the_bundle_starts_on_its_own(tmp_path):
    make(tmp_path / "bundle")
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment = kept | {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": "PORT"}
    with serving([sys.executable, "app.py"], tmp_path / "bundle", environment) as address:
        assert address.startswith("http://127.0.0.1")


COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
ASKED_FOR = {
    *("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file", "license"),
    *("short_description", "tags", "pinned"),
}


def front_of(folder):
    return RepoCard.load(folder / "README.md", ignore_metadata_errors=False).data.to_dict()


def test_the_bundle_says_what_the_hub_needs(tmp_path):
    make(tmp_path)
    front = front_of(tmp_path)
    assert ASKED_FOR | {"license_name", "license_link"} == front.keys()
    assert (front["sdk"], front["app_file"], front["python_version"]) == ("gradio", "app.py", "3.11")
    assert {front["colorFrom"], front["colorTo"]} <= set(COLOURS)
    assert len(front["short_description"]) <= 60
    requirements = (tmp_path / "requirements.txt").read_text().splitlines()
    assert f"gradio[mcp]=={front['sdk_version']}" in requirements
    assert any(line.startswith("onnxruntime==") for line in requirements)
    assert not any("torch" in line for line in requirements)


def test_a_bundle_with_the_chest_model_has_the_licence_of_its_weights(tmp_path):
    make(tmp_path / "chest", ["digits", "chest_xray"])
    front = front_of(tmp_path / "chest")
    assert (front["license"], front["license_name"]) == ("other", "for-research-and-education-alone")
    terms = (tmp_path / "chest" / front["license_link"]).read_text()
    assert "| `chest_xray.onnx` | for research and education alone, as the terms of the films ask |" in terms
    assert "flowers.onnx" not in terms
    make(tmp_path / "open", ["digits", "features_vgg16"])
    assert front_of(tmp_path / "open")["license"] == "apache-2.0"


def test_a_space_whose_address_is_known_has_a_picture(tmp_path):
    make(tmp_path / "all", space="someone/fovea")
    address = front_of(tmp_path / "all")["thumbnail"]
    assert address == "https://huggingface.co/spaces/someone/fovea/resolve/main/features.png"
    assert (tmp_path / "all" / "features.png").is_file()
    make(tmp_path / "one", ["digits"], space="someone/digits")
    assert "thumbnail" not in front_of(tmp_path / "one")


def test_a_model_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ModelFileError, match=r"has no pets and toys\. Choose chest_xray, digits, "):
        make(tmp_path, ["digits", "pets", "toys"])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="is not empty"):
        make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
