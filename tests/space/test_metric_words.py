"""No figure and no network on the page has the name that a program gives it."""

from pathlib import Path

import pytest

from fovea import Metric, read_header
from space.metric_words import metric_words, network_words

MODELS = sorted((Path(__file__).parents[2] / "models").glob("*.onnx"))


@pytest.mark.parametrize(
    ("name", "split", "words"),
    [
        ("accuracy", "test", "Right answers, test images"),
        ("ece", "val", "Calibration error, validation images"),
        ("ood_auroc", "cifar10", "Told apart, photos of CIFAR-10"),
        ("refused", "several digits", "Refused, several digits"),
        ("top5_accuracy", "own_films", "Top5 accuracy, own films"),
    ],
)
def test_a_figure_is_said_in_words(name, split, words):
    assert metric_words(Metric(name, 0.5, split, 10)) == words


def test_no_shipped_file_leaves_a_name_of_a_program_in_its_panel():
    specs = [read_header(path).spec for path in MODELS]
    words = [metric_words(metric) for spec in specs for metric in spec.metrics] + [
        network_words(s.title) for s in specs
    ]
    assert len(words) > 20
    assert [said for said in words if "_" in said or "auroc" in said.lower() or said.startswith("Ece")] == []


def test_a_network_is_called_as_in_its_paper():
    assert network_words("inception_v3 to Mixed_7a") == "Inception-v3 to block 7a"
    assert (
        network_words("resnet50 to layer4, enlarging to 128 pixels") == "ResNet-50 to layer4, enlarging to 128 pixels"
    )
