"""The benchmark of the architectures: what it counts in ONNX files, and a quick run."""

import json

import pytest

from benchmarks.architectures import Bare, Options, main, plain_spec
from benchmarks.onnx_costs import multiply_adds
from export.to_onnx import to_onnx
from training.experiments.architectures import ENTRIES
from training.models import build
from training.models.costs import layer_costs


@pytest.mark.parametrize("name", ["LeNet-5", "Fully connected"])
def test_multiply_adds_of_a_file_are_those_of_the_network(name):
    entry = next(entry for entry in ENTRIES if entry.name == name)
    network = build(entry.architecture, **entry.options)
    proto = to_onnx(Bare(network), plain_spec(entry))
    shape = (entry.size, entry.size, entry.channels)
    counted = multiply_adds(proto, (1, *shape))
    assert counted == sum(cost.multiply_adds for cost in layer_costs(network, shape))


def test_networks_and_files_are_timed(tmp_path, shipped_path):
    models = tmp_path / "models"
    models.mkdir()
    (models / "digits.onnx").symlink_to(shipped_path)
    out = tmp_path / "latency.json"
    main(Options(rounds=1, only=("LeNet-5",), models_dir=models, json=out))
    written = json.loads(out.read_text())
    (row,), (file,) = written["rows"], written["shipped"]
    assert row["name"] == "LeNet-5"
    assert min(row["torch_ms"], row["onnxruntime_ms"], file["onnxruntime_ms"]) > 0
    lenet5, detector = 416_520, 28**2 * 9 * 16 + 14**2 * 9 * (16 * 32 + 32 * 32) + 7**2 * 9 * 32 * 64 + 64 * 2
    assert (file["file"], file["multiply_adds"]) == ("digits.onnx", lenet5 + detector)
    assert written["command"] == "python -m benchmarks.architectures"
