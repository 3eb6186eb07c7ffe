"""Export of the digit networks: every layer is an output, and every test image is compared."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.batches import run
from export.digits_graph import ExportedDigits
from export.export_classifier import outside_metrics, refused_share
from export.metadata import spec_of, with_spec
from export.model_file import opened
from export.ood import with_rescaled_threshold
from export.other_drawings import other_digits, other_drawings
from export.parity import ParityError, check_parity
from export.reference import reference_of
from export.result import ExportResult, Precision
from export.to_onnx import to_onnx
from fovea import Metric, Model, SettingError
from fovea.decision import is_unlike_training
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.mnist import load_mnist
from training.data.pictures import Pictures, in_memory
from training.metrics import accuracy_interval

KEPT_SHARE = 0.9925  # of validation digits, under the threshold; with 0.99 it refuses 1.25 % of the test digits


def splits(settings: Mapping[str, Any], data_dir: Path) -> Splits[Pictures]:
    return in_memory(load_mnist(data_dir, settings["val_share"]))


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree, SettingError for int8 and float16."""
    if precision not in ("auto", "float32"):
        raise SettingError(f"The precision of digits is {precision}. Choose auto or float32.")
    data = load_mnist(data_dir, checkpoint.config["val_share"])
    exported = ExportedDigits(checkpoint.model(), checkpoint.spec).eval()
    proto = to_onnx(exported, checkpoint.spec)
    parity = check_parity(exported, opened(proto), data.test.pixels)
    if exported.ood is not None:
        val = data.val.pixels.numpy()
        spec = spec_of(proto)
        proto = with_rescaled_threshold(proto, run(opened(proto), val)["ood_score"], KEPT_SHARE)
        model = opened(with_spec(proto, spec))
        metrics = (*spec.metrics, *score_metrics(model, data, data_dir))
        reference = reference_of(run(model, val), len(spec.classes))
        proto = with_spec(proto, dataclasses.replace(spec, metrics=metrics, reference=reference))
    accuracy = measure(opened(proto), data.test)
    promised = checkpoint.spec.metric("accuracy")
    if promised is not None and promised.n == accuracy.n and abs(promised.value - accuracy.value) > 2e-4:
        raise ParityError(f"The file's accuracy is {accuracy.value:.4f}. Torch's was {promised.value:.4f}.")
    return ExportResult(proto, parity, ())


def measure(model: Model, data: LabelledPixels, batch_size: int = 1000) -> Metric:
    """Accuracy of the exported file itself, through onnxruntime."""
    batches = [
        model.run(batch.numpy())["probabilities"].argmax(axis=1) for batch in torch.split(data.pixels, batch_size)
    ]
    correct = int((np.concatenate(batches) == data.labels.numpy()).sum())
    return Metric("accuracy", correct / len(data), "test", len(data))


def score_metrics(model: Model, data: Splits[LabelledPixels], data_dir: Path) -> list[Metric]:
    """What the score keeps of digits, and what it refuses of other drawings."""
    val, test = (run(model, part.pixels.numpy())["ood_score"] for part in (data.val, data.test))
    metrics = [
        Metric("in_distribution", float((~is_unlike_training(scores)).mean()), split, len(scores))
        for split, scores in (("val", val), ("test", test))
    ]
    digits = data.test.pixels[:, :, :, 0].numpy()
    for name, pixels in other_drawings(model.spec, digits, data_dir).items():
        metrics += outside_metrics(name, test, run(model, pixels)["ood_score"])
    for name, drawn in other_digits().items():
        outputs, n = run(model, drawn.pixels.numpy()), len(drawn)
        correct = int((outputs["probabilities"].argmax(axis=1) == drawn.labels.numpy()).sum())
        metrics.append(Metric("accuracy", correct / n, name, n, accuracy_interval(correct, n)))
        metrics.append(refused_share(name, outputs["ood_score"]))
    return metrics
