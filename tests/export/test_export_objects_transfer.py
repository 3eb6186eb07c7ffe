"""The second object network: enlarging inside the file, a name of its own."""

import json

import numpy as np
import onnx
import pytest
import torch

from fovea import load
from training.checkpoint import load_checkpoint

TINY = ("--weights", "none", "--enlarge-to", 80, "--last-stage", "Mixed_5b", "--tune-from", "Mixed_5b")


@pytest.fixture(scope="module")
def run_dir(run_module, small_cifar10_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects_transfer_run")
    places = ("--data-dir", small_cifar10_dir, "--runs-dir", folder, "--cache-dir", folder / "prefix_cache")
    small = (*TINY, "--limit", 60, "--tune-epochs", 1, "--precision", "float32")
    result = run_module("training", "objects", "--model", "inception_v3", *small, *places)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def export(run_module, run_dir, small_cifar10_dir):
    def export(models, *options):
        places = ("--runs-dir", run_dir, "--data-dir", small_cifar10_dir, "--models-dir", models)
        return run_module("export", "objects", *places, *options)

    return export


@pytest.fixture(scope="module")
def models(export, tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects_transfer")
    result = export(folder, "--model", "inception_v3", "--precision", "int8")
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def model(models):
    return load(models / "objects_inception_v3.onnx")


def test_the_file_takes_small_pixels_and_enlarges_them_itself(model, run_dir, small_cifar10):
    spec = model.spec
    assert (spec.task, spec.height, spec.width, spec.precision) == ("objects", 32, 32, "int8")
    assert "Resize" in {node.op_type for node in onnx.load(model.path).graph.node}
    network = load_checkpoint(run_dir / "objects" / "inception_v3" / "checkpoint.pt").model()
    pixels = small_cifar10.test.pixels[:30]
    with torch.no_grad():
        expected = (network(pixels) / spec.temperature).softmax(1).numpy()
    outputs = model.run(pixels.numpy())
    assert outputs["heatmaps"].shape == (30, 10, 7, 7)
    assert outputs["ood_score"].shape == (30,)
    np.testing.assert_allclose(outputs["probabilities"], expected, atol=0.05)  # int8; its float form is held to 1e-4


def test_its_record_names_the_commands_that_made_it(models, run_dir):
    record = json.loads((run_dir / "objects" / "inception_v3" / "export.json").read_text())
    assert record["commands"] == [
        "python -m training objects --model inception_v3",
        "python -m export objects --model inception_v3",
    ]
    assert [path.name for path in models.iterdir()] == ["objects_inception_v3.onnx"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--model", "alexnet"), "The model is 'alexnet'. For objects choose googlenet or inception_v3."),
        ((), "There is no checkpoint"),  # the first network's run, which is not there
    ],
)
def test_a_model_that_is_not_there_is_refused_in_one_sentence(export, tmp_path, options, sentence):
    result = export(tmp_path, *options)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())
