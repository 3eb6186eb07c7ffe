"""A GoogLeNet run becomes one file without its auxiliary classifiers."""

import numpy as np
import onnx
import pytest
import torch

from fovea import load
from training.checkpoint import load_checkpoint


@pytest.fixture(scope="module")
def run_dir(run_module, small_cifar10_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects_run")
    small = ("--width", 0.125, "--stem-stride", 2, "--limit", 300, "--epochs", 1, "--precision", "float32")
    result = run_module("training", "objects", *small, "--data-dir", small_cifar10_dir, "--runs-dir", folder)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def model(run_module, run_dir, small_cifar10_dir, tmp_path_factory):
    models = tmp_path_factory.mktemp("objects")
    options = ("--precision", "float32", "--runs-dir", run_dir, "--data-dir", small_cifar10_dir, "--models-dir", models)
    result = run_module("export", "objects", *options)
    assert result.returncode == 0, result.stderr
    return load(models / "objects.onnx")


def test_the_file_answers_like_the_checkpoint(model, run_dir, small_cifar10):
    network = load_checkpoint(run_dir / "objects" / "googlenet" / "checkpoint.pt").model()
    pixels = small_cifar10.test.pixels[:50]
    with torch.no_grad():
        expected = (network(pixels) / model.spec.temperature).softmax(1).numpy()
    outputs = model.run(pixels.numpy())
    np.testing.assert_allclose(outputs["probabilities"], expected, atol=1e-4)
    assert outputs["heatmaps"].shape == (50, 10, 4, 4)
    assert model.spec.metric("accuracy").n == 100


def test_nothing_of_the_auxiliary_classifiers_ships(model):
    names = [initializer.name for initializer in onnx.load(model.path).graph.initializer]
    assert names
    assert not [name for name in names if "auxiliary" in name]


def test_cifar10_is_not_taken_for_something_else(model):
    judged = {metric.split for metric in model.spec.metrics if metric.name == "ood_auroc"}
    assert "cifar10" not in judged
