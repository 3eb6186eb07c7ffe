from pathlib import Path

import pytest

from fovea import ModelFileError, find_model, load, shipped_models

ROOT = Path(__file__).parents[2]


def test_the_names_are_those_of_the_files_in_models():
    assert shipped_models() == tuple(sorted(path.stem for path in (ROOT / "models").glob("*.onnx")))
    assert "chest_xray" in shipped_models()


def test_a_name_leads_to_its_file():
    assert find_model("digits") == ROOT / "models" / "digits.onnx"
    assert load(find_model("digits")).spec.task == "digits"


@pytest.mark.parametrize("path", ["own.onnx", "models/digits.onnx", "./digits", "/tmp/x"])
def test_a_path_is_left_as_it_is(path):
    assert find_model(path) == Path(path)


@pytest.mark.parametrize("name", ["roses", "Digits", "", "README"])
def test_an_unknown_name_is_refused_with_the_names(name):
    with pytest.raises(ModelFileError, match=f"no shipped model '{name}'. Choose chest_xray, digits, "):
        find_model(name)


def test_the_models_inside_an_installed_package_go_before_those_of_a_checkout(tmp_path, monkeypatch):
    (tmp_path / "own.onnx").touch()
    monkeypatch.setattr("fovea.shipped.INSTALLED", tmp_path)
    assert shipped_models() == ("own",)
    assert find_model("own") == tmp_path / "own.onnx"
