"""Opening a model and asking it; the model is the one that ships, or a tiny one whose answers are known."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from fovea import EmptyDrawingError, ModelFileError, SettingError, load, open_model
from fovea.revision import revision


def test_a_prediction_has_the_shapes_of_its_spec(shipped):
    pixels = np.zeros((28, 28), dtype=np.uint8)
    pixels[6:22, 13:15] = 255
    prediction = shipped.predict(pixels)
    assert prediction.classes == shipped.spec.classes
    assert prediction.probabilities.shape == (10,)
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert prediction.pixels.shape == (28, 28, 1)
    assert prediction.top(1)[0][0] == "1"
    assert {name: maps.shape for name, maps in prediction.feature_maps.items()} == {
        layer.output: layer.shape for layer in shipped.spec.layers
    }
    assert prediction.heatmaps is None
    assert 0 <= prediction.ood_score < 1


def test_a_model_without_a_score_gives_none(tiny_path):
    assert load(tiny_path).predict(np.zeros((28, 28), dtype=np.uint8)).ood_score is None


def test_an_empty_drawing_is_no_digit(shipped):
    with pytest.raises(EmptyDrawingError):
        shipped.predict(np.full((100, 100), 255, dtype=np.uint8))


def test_a_batch_answers_as_its_images_do_alone(shipped):
    batch = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 1), dtype=np.uint8)
    together = shipped.run(batch)["probabilities"]
    alone = np.concatenate([shipped.run(image[np.newaxis])["probabilities"] for image in batch])
    assert together == pytest.approx(alone, abs=1e-6)


def test_threads_share_a_model(shipped):
    batch = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), dtype=np.uint8)
    expected = shipped.run(batch)["probabilities"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shipped.run(batch)["probabilities"], range(40)))
    assert all(np.array_equal(answer, expected) for answer in answers)


@pytest.mark.parametrize("threads", [0, -1])
def test_fewer_than_one_thread_is_refused(shipped_path, threads):
    with pytest.raises(SettingError, match=f"threads is {threads}. Choose 1 or more"):
        load(shipped_path, threads=threads)


def test_an_unknown_provider_is_refused_with_the_known_ones(shipped_path):
    with pytest.raises(SettingError, match=r"'AbacusProvider' is not in this onnxruntime. Choose .*CPU"):
        load(shipped_path, providers=["AbacusProvider"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelFileError, match=r"There is no model file .*none\.onnx"):
        load(tmp_path / "none.onnx")


@pytest.mark.parametrize("content", [b"not a model", b""])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    (tmp_path / "bad.onnx").write_bytes(content)
    with pytest.raises(ModelFileError, match="is not a model that onnxruntime can open"):
        load(tmp_path / "bad.onnx")


def test_a_model_without_a_spec_is_refused(shipped_path, tmp_path):
    proto = onnx.load(shipped_path)
    proto.ClearField("metadata_props")
    onnx.save(proto, tmp_path / "bare.onnx")
    with pytest.raises(ModelFileError, match="carries no spec"):
        load(tmp_path / "bare.onnx")


@pytest.mark.parametrize(("level", "name", "score"), [(0, "dark", 0), (255, "light", 4)])
def test_the_tiny_model_answers_as_calculated(tiny, level, name, score):
    """Its logits are (0, 4 m, 2 m - 2) for mean m in 0..1, and its layer1 holds m alone."""
    prediction = tiny.predict(np.full((50, 40), level, dtype=np.uint8))
    logits = np.array([0, score, score / 2 - 2])
    assert prediction.probabilities.dtype == np.float32
    assert prediction.probabilities == pytest.approx(np.exp(logits) / np.exp(logits).sum(), abs=1e-6)
    assert prediction.top(1) == [(name, pytest.approx(prediction.probabilities.max()))]
    assert prediction.feature_maps["layer1"].tolist() == [level / 255]
    assert prediction.pixels.dtype == np.uint8
    assert prediction.pixels.shape == (28, 28, 1)
    assert [type(value) for value in prediction.top(3)[0]] == [str, float]
    assert (prediction.heatmaps, prediction.embedding, prediction.ood_score) == (None, None, None)


def test_a_batch_has_its_images_first_in_every_output(tiny):
    outputs = tiny.run(np.zeros((5, 28, 28, 1), dtype=np.uint8))
    assert {name: batch.shape for name, batch in outputs.items()} == {"probabilities": (5, 3), "layer1": (5, 1)}


def test_threads_predict_what_one_thread_predicts(tiny):
    images = np.random.default_rng(0).integers(0, 256, (40, 30, 30), dtype=np.uint8)
    expected = [tiny.predict(image).probabilities for image in images]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda image: tiny.predict(image).probabilities, images))
    assert np.array_equal(answers, expected)


def test_a_model_says_its_revision_and_runs_on_the_cpu_when_asked(tiny_path):
    assert "CPUExecutionProvider" in ort.get_available_providers()
    model = load(tiny_path, providers=["CPUExecutionProvider"], threads=1)
    assert (model.revision, model.providers) == (revision(tiny_path.read_bytes()), ("CPUExecutionProvider",))


def test_a_model_with_a_broken_spec_is_refused(tiny_path, tmp_path):
    proto = onnx.load(tiny_path)
    onnx.helper.set_model_props(proto, {"spec": "{", "revision": "0123abc"})
    onnx.save(proto, tmp_path / "broken.onnx")
    with pytest.raises(ModelFileError, match="The spec cannot be parsed"):
        load(tmp_path / "broken.onnx")


def test_every_session_computes_int8_exactly(tiny):
    options = tiny.session.get_session_options()
    assert options.get_session_config_entry("session.x64quantprecision") == "1"


@pytest.mark.parametrize("name", ["flowers", "objects", "objects_inception_v3", "chest_xray"])
def test_a_shipped_file_answers_as_it_does_without_optimisations(shipped_path, name):
    path = shipped_path.with_name(f"{name}.onnx")
    model, plain = load(path), load(path, optimize=False)
    assert model.spec.precision in ("int8", "float16 weights")
    size = (2, model.spec.height, model.spec.width, model.spec.channels)
    pixels = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    expected = plain.run(pixels)["probabilities"]
    np.testing.assert_allclose(model.run(pixels)["probabilities"], expected, atol=0.02)


def test_a_model_in_memory_answers_like_its_file(tiny, tiny_path):
    model = open_model(tiny_path.read_bytes(), "elsewhere.onnx", threads=1)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 28, 28, 1), dtype=np.uint8)
    np.testing.assert_array_equal(model.run(pixels)["probabilities"], tiny.run(pixels)["probabilities"])
    assert (model.path.name, model.spec, model.revision) == ("elsewhere.onnx", tiny.spec, tiny.revision)


def test_bytes_that_are_no_model_are_refused_by_name():
    with pytest.raises(ModelFileError, match=r"elsewhere\.onnx is not a model that onnxruntime can open"):
        open_model(b"not a model", "elsewhere.onnx")
