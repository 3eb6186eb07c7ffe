"""From a real checkpoint to one file, with its guards."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export.digits_graph import ExportedDigits
from export.model_file import opened
from export.parity import ParityError, check_parity
from export.to_onnx import to_onnx
from fovea import load
from fovea.revision import revision
from training.checkpoint import load_checkpoint
from training.data.not_digits import SHARES
from training.models import build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["lenet5", "classic"])
def exported_run(request, run_module, mnist_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    preset = ["--detector-epochs", "1"] if request.param == "lenet5" else ["--classic"]
    options = ("--limit", 600, "--epochs", 1, "--data-dir", mnist_dir, "--runs-dir", folder / "runs")
    assert run_module("training", "digits", *preset, *options).returncode == 0
    card = folder / "models" / "digits.md"
    card.parent.mkdir()
    card.write_text("a card that is there already\n")
    places = ("--runs-dir", folder / "runs", "--models-dir", folder / "models")
    result = run_module("export", "digits", "--name", request.param, *places, "--data-dir", mnist_dir)
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(
        f"To write its model card: python -m evidence digits --name {request.param} "
        f"--runs-dir {folder / 'runs'} --models-dir {folder / 'models'}\n"
    )
    return folder, load_checkpoint(folder / "runs" / "digits" / request.param / "checkpoint.pt")


def test_the_file_holds_spec_revision_and_every_layer(exported_run):
    folder, checkpoint = exported_run
    model = load(folder / "models" / "digits.onnx")
    assert model.spec.classes == tuple("0123456789")
    assert model.spec.train_seconds == checkpoint.metrics["train_seconds"] > 0
    assert model.revision == revision((folder / "models" / "digits.onnx").read_bytes())
    score = ("ood_score",) if checkpoint.spec.architecture == "lenet5" else ()
    assert model.outputs == ("probabilities", *score, *(layer.output for layer in checkpoint.spec.layers))
    shapes = {layer.output: layer.shape for layer in model.spec.layers}
    outputs = model.run(np.zeros((3, 28, 28, 1), dtype=np.uint8))
    assert {name: outputs[name].shape[1:] for name in shapes} == shapes


def test_the_score_keeps_the_validation_digits_and_is_tried_on_other_drawings(exported_run):
    folder, checkpoint = exported_run
    model = load(folder / "models" / "digits.onnx")
    if checkpoint.spec.architecture != "lenet5":
        assert "ood_score" not in model.outputs
        assert model.spec.metric("in_distribution", "val") is None
        return
    kept = model.spec.metric("in_distribution", "val")
    assert 0.9925 <= kept.value < 0.993
    assert kept.n == 5000
    tried = {metric.split: metric.n for metric in model.spec.metrics if metric.name == "refused"}
    assert {"letters", "scribbles", "shapes", "several digits", "noise", "digits drawn at quarter size"} <= set(tried)
    assert all(tried[kind] == 1000 for kind in SHARES)
    assert model.spec.reference.n == 5000


def test_the_models_folder_gains_only_the_model(exported_run):
    folder, _ = exported_run
    assert {path.name for path in (folder / "models").iterdir()} == {"digits.onnx", "digits.md"}
    assert (folder / "models" / "digits.md").read_text() == "a card that is there already\n"


def test_the_run_folder_holds_what_the_card_needs_and_the_file_does_not_hold(exported_run):
    folder, checkpoint = exported_run
    (run,) = (folder / "runs" / "digits").iterdir()
    record = json.loads((run / "export.json").read_text())
    assert record["revision"] == load(folder / "models" / "digits.onnx").revision
    assert record["n"] == 10_000
    assert set(record["differences"]) >= {"probabilities", *(layer.output for layer in checkpoint.spec.layers)}
    assert record["notes"] == []
    assert record["commands"] == ["python -m training digits", "python -m export digits"]


def test_the_file_names_no_path_of_the_machine_that_exported(exported_run):
    folder, _ = exported_run
    content = (folder / "models" / "digits.onnx").read_bytes()
    assert str(ROOT).encode() not in content
    assert b".py" not in content


def test_the_input_is_uint8_with_a_free_batch_axis(exported_run):
    folder, _ = exported_run
    (pixels,) = onnx.load(folder / "models" / "digits.onnx").graph.input
    assert pixels.name == "pixels"
    assert pixels.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    sizes = [dimension.dim_value for dimension in pixels.type.tensor_type.shape.dim]
    assert sizes == [0, 28, 28, 1]


def test_other_weights_than_the_files_fail_parity(exported_run):
    _, checkpoint = exported_run
    exported = ExportedDigits(checkpoint.model(), checkpoint.spec)
    model = opened(to_onnx(exported, checkpoint.spec))
    other = ExportedDigits(build(checkpoint.spec.architecture), checkpoint.spec).eval()
    pixels = torch.randint(0, 256, (4, 28, 28, 1), dtype=torch.uint8)
    with pytest.raises(ParityError, match="differs from torch"):
        check_parity(other, model, pixels)


def test_answers_that_are_no_numbers_fail_parity(exported_run):
    _, checkpoint = exported_run
    model = opened(to_onnx(ExportedDigits(checkpoint.model(), checkpoint.spec), checkpoint.spec))
    broken = ExportedDigits(checkpoint.model(), checkpoint.spec).eval()
    next(broken.parameters()).data.fill_(float("nan"))
    with pytest.raises(ParityError, match="differs from torch by nan"):
        check_parity(broken, model, torch.zeros(2, 28, 28, 1, dtype=torch.uint8))


def test_a_missing_checkpoint_is_named(run_module, tmp_path):
    result = run_module("export", "digits", "--runs-dir", tmp_path)
    assert result.returncode == 1
    assert "There is no checkpoint" in result.stderr
