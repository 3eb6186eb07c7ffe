"""Export of the digit networks: every layer is an output, and every test image is compared."""

from pathlib import Path

import numpy as np
import torch

from export.model_file import opened
from export.parity import ParityError, check_parity
from export.result import ExportResult, Precision
from export.to_onnx import Exported, to_onnx
from fovea import Metric, Model, SettingError
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.mnist import load_mnist
from training.data.pictures import Pictures, in_memory


def splits(checkpoint: Checkpoint, data_dir: Path) -> Splits[Pictures]:
    return in_memory(load_mnist(data_dir, checkpoint.config["val_share"]))


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree, SettingError for int8."""
    if precision == "int8":
        raise SettingError("The precision of digits is int8. Choose auto or float32.")
    test = splits(checkpoint, data_dir).test.examples
    exported = Exported(checkpoint.model(), checkpoint.spec).eval()
    proto = to_onnx(exported, checkpoint.spec)
    model = opened(proto)
    parity = check_parity(exported, model, test.pixels)
    accuracy = measure(model, test)
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
