"""The bundle stands alone: started from another folder, with nothing of the repository on the path."""

import os
import sys

import pytest
from serving import serving

from fovea import ModelFileError
from space.bundle import make


def test_the_bundle_starts_on_its_own(tmp_path):
    make(tmp_path / "bundle")
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment = kept | {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": "PORT"}
    with serving([sys.executable, "app.py"], tmp_path / "bundle", environment) as address:
        assert address.startswith("http://127.0.0.1")


def test_the_bundle_says_what_the_hub_needs(tmp_path):
    make(tmp_path)
    front = (tmp_path / "README.md").read_text().split("---")[1]
    assert "sdk: gradio" in front
    assert "app_file: app.py" in front
    requirements = (tmp_path / "requirements.txt").read_text().splitlines()
    version = next(line for line in front.splitlines() if line.startswith("sdk_version")).split()[1]
    assert f"gradio[mcp]=={version}" in requirements
    assert any(line.startswith("onnxruntime==") for line in requirements)
    assert not any("torch" in line for line in requirements)


def test_a_model_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ModelFileError, match=r"has no pets and toys\. Choose chest_xray, digits, "):
        make(tmp_path, ["digits", "pets", "toys"])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="is not empty"):
        make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
