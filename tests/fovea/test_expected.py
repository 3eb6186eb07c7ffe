"""Expected answers: stored in the file, found again, and compared with what this machine gives."""

import base64
import io
import subprocess
import sys

import numpy as np
import onnx
import pytest
from revisions import stamp

from fovea import ModelFileError, load
from fovea.check import check_model
from fovea.errors import UnexpectedAnswersError
from fovea.expected import KEY, ExpectedAnswers, condensed, differences

RANDOM = np.random.default_rng(0)


@pytest.fixture
def planted(tiny, tiny_path, tmp_path):
    """The tiny model in a file that expects its own answers, their first probability changed by `shift`."""

    def plant(shift=0.0, text=None):
        pixels = RANDOM.integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)
        expected = ExpectedAnswers(pixels, condensed(tiny.run(pixels)))
        expected.answers["probabilities"][0, 0] += np.float32(shift)
        proto = onnx.load(tiny_path)
        stamp(proto, **{KEY: expected.to_text() if text is None else text})
        onnx.save(proto, tmp_path / "planted.onnx")
        return tmp_path / "planted.onnx"

    return plant


def test_what_was_stored_is_read_again(tiny):
    pixels = RANDOM.integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)
    stored = ExpectedAnswers(pixels, condensed(tiny.run(pixels)))
    again = ExpectedAnswers.from_text(stored.to_text())
    np.testing.assert_array_equal(again.pixels, pixels)
    assert list(again.answers) == ["probabilities", "layer1"]
    for name, values in stored.answers.items():
        np.testing.assert_array_equal(again.answers[name], values)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return base64.b64encode(file.getvalue()).decode()


def test_pixels_that_the_model_does_not_take_are_refused_in_a_sentence(planted):
    for pixels in (np.zeros((1, 27, 28, 1), np.uint8), np.zeros((1, 28, 28, 1)), np.zeros((0, 28, 28, 1), np.uint8)):
        with pytest.raises(ModelFileError, match=r"^The expected answers are for pixels \w+ of shape "):
            load(planted(text=ExpectedAnswers(pixels, {}).to_text()), check=True)


@pytest.mark.parametrize("text", ["", "?", npy(np.zeros(3)), base64.b64encode(b"PK\3\4 and no more").decode(), "AAAA"])
def test_what_is_damaged_is_refused_in_a_sentence(planted, text):
    path = planted(text=text)
    with pytest.raises(ModelFileError, match=r"^The expected answers in the model file cannot be read\."):
        load(path, check=True)
    failed = [check for check in check_model(path) if check.failure]
    assert [check.name for check in failed] == ["expected answers can be read"]


def test_a_file_that_answers_as_expected_opens(planted):
    found = load(planted(), check=True).differences()
    assert [(each.name, each.is_too_large) for each in found] == [("probabilities", False), ("layer1", False)]
    assert not [check for check in check_model(planted()) if check.failure]


def test_a_file_without_expected_answers_opens(tiny_path):
    assert load(tiny_path, check=True).expected is None
    assert load(tiny_path).differences() == ()


def test_other_answers_are_named_with_their_difference(planted):
    path = planted(0.03)
    with pytest.raises(UnexpectedAnswersError, match=r"probabilities differs by 0\.03 \(at most 0\.02\)") as raised:
        load(path, check=True)
    assert str(raised.value).startswith(f"{path} on ")
    done = subprocess.run([sys.executable, "-m", "fovea", "check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("onnxruntime ")
    assert "FAILED  probabilities against the expected answers: 0.03 apart, at most 0.02" in done.stdout
    assert "ok      layer1 against the expected answers: " in done.stdout


def test_within_the_tolerance_nothing_is_said(planted):
    load(planted(0.019), check=True)


def test_a_missing_output_another_shape_and_nan_differ():
    right = {"probabilities": np.array([[0.5, 0.5]], np.float32)}
    for answer in (
        {},
        {"probabilities": np.zeros((2, 2), np.float32)},
        {"probabilities": right["probabilities"] * np.nan},
    ):
        (found,) = differences(answer, right)
        assert found.is_too_large


def test_each_output_is_measured_on_its_own_scale():
    def value(name, right, found):
        (each,) = differences({name: np.float32(found)}, {name: np.float32(right)})
        return each.value

    assert value("probabilities", [[0.2]], [[0.3]]) == pytest.approx(0.1)
    assert value("ood_score", [0.5], [0.6]) == pytest.approx(0.1)
    assert value("ood_score", [5.0], [6.0]) == pytest.approx(0.2)
    assert value("conv1", [50.0, -100.0], [50.0, -90.0]) == pytest.approx(0.1)
    assert value("heatmaps", [[[0.0, 1.0]]], [[[0.2, 1.0]]]) == pytest.approx(0.1)


def test_heatmaps_and_layers_are_kept_of_the_first_input_alone():
    scores = {"probabilities": np.zeros((3, 2), np.float32), "ood_score": np.zeros(3, np.float32)}
    maps = np.arange(3 * 2 * 4, dtype=np.float32).reshape(3, 2, 2, 2)
    classifier = condensed(scores | {"heatmaps": maps, "embedding": np.zeros((3, 9), np.float32)})
    assert {name: values.shape for name, values in classifier.items()} == {
        "probabilities": (3, 2),
        "ood_score": (3,),
        "heatmaps": (2, 2, 2),
    }
    layers = condensed({"conv1": maps, "fc": np.ones((3, 5), np.float32)})
    np.testing.assert_array_equal(layers["conv1"], [1.5, 5.5])
    assert layers["fc"].shape == (5,)


def test_another_provider_is_checked_too(planted):
    checks = list(check_model(planted(), provider="CPUExecutionProvider"))
    assert not [check for check in checks if check.failure]
    assert "computes with CPUExecutionProvider" in [check.name for check in checks]


def test_a_provider_that_onnxruntime_leaves_for_the_cpu_fails(planted, monkeypatch):
    asked = []

    def opened(path, *, providers=None, **options):  # as onnxruntime does where a provider's libraries are missing
        asked.append(providers)
        return load(path, **options)

    monkeypatch.setattr("fovea.check.load", opened)
    failed = [check for check in check_model(planted(), provider="CUDAExecutionProvider") if check.failure]
    assert asked[0] == ["CUDAExecutionProvider"]
    assert [check.name for check in failed] == ["computes with CUDAExecutionProvider"]
    assert failed[0].failure.startswith("onnxruntime computes with CPUExecutionProvider instead.")
