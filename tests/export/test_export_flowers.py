"""A flower run becomes one file, float or int8, with heatmaps and a score."""

import json
import math
import re

import numpy as np
import onnx
import pytest
import torch

from export.saturation import saturating_weights
from fovea import load
from training.checkpoint import load_checkpoint
from training.fine_tuning import limit
from training.views import PhotoViews

LIMIT = 70


@pytest.fixture(scope="module")
def run_dir(run_module, small_flowers_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flowers_run")
    small = ("--backbone", "test_resnet", "--weights", "none", "--size", 64, "--limit", LIMIT, "--views", 0)
    where = ("--data-dir", small_flowers_dir, "--runs-dir", folder, "--cache-dir", folder / "prefix_cache")
    result = run_module("training", "flowers", *small, "--head-epochs", 2, "--tune-epochs", 1, *where)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module", params=["float32", "int8"])
def written(request, run_dir, run_module, small_flowers_dir, tmp_path_factory):
    models = tmp_path_factory.mktemp(request.param)
    places = ("--runs-dir", run_dir, "--data-dir", small_flowers_dir, "--models-dir", models)
    result = run_module("export", "flowers", "--precision", request.param, *places)
    assert result.returncode == 0, result.stderr
    return models, load(models / "flowers.onnx"), request.param


def test_the_file_holds_the_figures_that_it_reaches_itself(written, small_flowers):
    _, model, precision = written
    assert model.spec.precision == precision
    assert model.outputs == ("probabilities", "heatmaps", "embedding", "ood_score")
    test = limit(small_flowers, LIMIT).test
    views = PhotoViews(64, 64)
    pixels = np.stack([views.render(test.photo(i), test.digests[i], 0) for i in range(LIMIT)])
    predicted = model.run(pixels)["probabilities"].argmax(axis=1)
    accuracy = model.spec.metric("accuracy")
    assert (accuracy.value, accuracy.n) == ((predicted == test.labels.numpy()).mean(), LIMIT)


def test_the_file_itself_keeps_95_percent_of_the_validation_photos_and_not_one_more(written, small_flowers):
    _, model, _ = written
    val = limit(small_flowers, LIMIT).val
    views = PhotoViews(64, 64)
    pixels = np.stack([views.render(val.photo(i), val.digests[i], 0) for i in range(LIMIT)])
    kept = int((model.run(pixels)["ood_score"] < 1).sum())
    assert kept == math.ceil(0.95 * LIMIT) == 67
    assert model.spec.metric("in_distribution", "val").value == kept / LIMIT


def test_int8_is_the_smaller_file_and_agrees_with_the_checkpoint(written, run_dir, small_flowers):
    models, model, precision = written
    size = (models / "flowers.onnx").stat().st_size
    assert size < 800_000 if precision == "int8" else size > 1_500_000
    val = small_flowers.val
    network = load_checkpoint(run_dir / "flowers" / "inception_v3" / "checkpoint.pt").model()
    views = PhotoViews(64, 64)
    pixels = torch.stack([views.render(val.photo(i), val.digests[i], 0) for i in range(len(val))])
    with torch.no_grad():
        expected = network(pixels).argmax(1).numpy()
    predicted = model.run(pixels.numpy())["probabilities"].argmax(axis=1)
    assert (predicted == expected).mean() >= (1.0 if precision == "float32" else 0.85)


def test_the_file_expects_answers_and_its_weights_saturate_nowhere(written):
    _, model, precision = written
    proto = onnx.load(model.path)
    assert any(tensor.data_type == onnx.TensorProto.INT8 for tensor in proto.graph.initializer) == (precision == "int8")
    assert saturating_weights(proto) == ()
    assert [each.name for each in model.differences()] == ["probabilities", "ood_score", "heatmaps"]
    load(model.path, check=True)


def test_a_prediction_has_a_heatmap_for_every_class_and_a_score(written, small_flowers):
    _, model, _ = written
    prediction = model.predict(small_flowers.test.paths[0].read_bytes())
    assert prediction.heatmaps.shape == (5, 2, 2)
    assert 0 <= prediction.heatmaps.min() <= prediction.heatmaps.max() <= 1
    assert prediction.ood_score > 0


def test_the_record_says_why_int8_is_kept_or_not(written, run_dir):
    models, model, precision = written
    record = json.loads((run_dir / "flowers" / "inception_v3" / "export.json").read_text())
    assert record["revision"] == model.revision
    notes = " ".join(record["notes"])
    assert ("int8 against float32" in notes) == (precision == "int8")
    assert (": int8 was asked for." in notes) == (precision == "int8")
    assert ("heatmaps of the answer correlate by " in notes) == (precision == "int8")
    tried = re.findall(r"\| (minmax|percentile|entropy) \| 0 \| 0\.\d{4} \| 0\.\d{4} \|", notes)
    assert tried == (["minmax", "percentile", "entropy"] if precision == "int8" else [])
    assert [path.name for path in models.iterdir()] == ["flowers.onnx"]


def test_an_int8_file_is_made_again_from_its_own_weights(run_dir, run_module, small_flowers_dir, tmp_path):
    places = ("--runs-dir", tmp_path / "runs", "--data-dir", small_flowers_dir, "--models-dir", tmp_path)
    of_the_run = ("--runs-dir", run_dir, *places[2:])
    assert run_module("export", "flowers", "--precision", "int8", *of_the_run).returncode == 0
    before = load(tmp_path / "flowers.onnx")
    result = run_module("export.again", "flowers", "--precision", "int8", *places)
    assert result.returncode == 0, result.stderr
    after = load(tmp_path / "flowers.onnx", check=True)
    assert after.spec.precision == "int8"
    assert after.revision != before.revision
    assert saturating_weights(onnx.load(after.path)) == ()
    accuracies = [model.spec.metric("accuracy").value for model in (before, after)]
    assert abs(accuracies[0] - accuracies[1]) < 0.1
    assert f"`python -m evidence flowers --runs-dir {tmp_path / 'runs'}" in f"`{result.stdout.rpartition(': ')[2]}"
    run_module("evidence", "flowers", *places[:2], *places[4:])
    card = (tmp_path / "flowers.md").read_text()
    assert f"Made again from the int8 weights of revision `{before.revision[:16]}`." in card
    assert "`python -m export.again flowers`" in card


def test_only_what_has_an_int8_form_is_made_again(run_module, tmp_path):
    result = run_module("export.again", "digits", "--models-dir", tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("The task is digits. Only flowers, chest_xray and objects can be made again")


def test_digits_have_no_int8_form(run_module, tmp_path):
    result = run_module("export", "digits", "--precision", "int8", "--runs-dir", tmp_path)
    assert result.returncode == 1
