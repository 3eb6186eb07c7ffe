"""Export of a transfer network: parity with torch, the form that ships, and figures measured on the file itself."""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from export.batches import BATCH, run
from export.classifier_graph import ExportedClassifier
from export.form import chosen_form
from export.judge import Judge
from export.metadata import spec_of, with_spec
from export.model_file import opened
from export.ood import fit_ood, with_rescaled_threshold
from export.parity import check_parity
from export.reference import reference_of
from export.refusal import TRAINING_IMAGES, Choice, Embedded, choose, embedded, embedder, told_apart
from export.result import ExportResult, Precision
from export.score_graph import with_head
from export.to_onnx import to_onnx
from fovea import Metric, Model, ModelSpec, fit_to_spec
from fovea.decision import is_unlike_training
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.outside import ImageSets, exposed_and_judged
from training.data.photos import Photos
from training.metrics import accuracy_interval, expected_calibration_error
from training.models.googlenet import GoogLeNet
from training.models.normalize import seen_size
from training.models.transfer_net import TransferNet

OOD_IMAGES = 3000  # training images behind the distance: four for each entry of an embedding of Inception-v3's Mixed_6e
OUTSIDE_IMAGES = 500  # of each set to learn from, and as many others to judge by
EMBEDDED_PIXELS = 8 * 299 * 299  # at a time: more would not fit the processor's caches


def export_classifier(
    checkpoint: Checkpoint,
    splits: Splits[LabelledPixels],
    data_dir: Path,
    precision: Precision,
    judge: Judge,
) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree.

    `splits` are as serving fits them: see `fitted_splits`.
    """
    network, spec = checkpoint.model(), checkpoint.spec
    assert isinstance(network, TransferNet | GoogLeNet)  # the two with maps in front of a head
    train, val, test = (part.pixels.numpy() for part in (splits.train, splits.val, splits.test))
    some = evenly(len(train), OOD_IMAGES)
    ood = fit_ood(
        embed(network, train[some], "training"),
        splits.train.labels[some],
        embed(network, val, "validation"),
        judge.kept_share,
    )
    exported = ExportedClassifier(network, spec, ood).eval()
    proto = to_onnx(exported, spec)
    parity = check_parity(exported, opened(proto), torch.from_numpy(test), batch_size=BATCH)
    proto, notes = finished(proto, splits, data_dir, precision, judge)
    return ExportResult(proto, parity, notes)


def finished(
    proto: onnx.ModelProto, splits: Splits[LabelledPixels], data_dir: Path, precision: Precision, judge: Judge
) -> tuple[onnx.ModelProto, tuple[str, ...]]:
    """The file that ships, its figures measured; and sentences on how its form and its score were chosen."""
    spec = spec_of(proto)
    train, val = splits.train.pixels.numpy(), splits.val.pixels.numpy()
    exposed, judged = (
        fitted_sets(sets, spec) for sets in exposed_and_judged(data_dir, OUTSIDE_IMAGES, without=spec.task)
    )
    choice = choice_of_score(proto, train, val, exposed, judged, judge.kept_share)
    if choice.head is not None:
        proto = with_head(proto, choice.head, choice.cut)
    proto, kind, notes = chosen_form(proto, train, val, splits.val.labels.numpy(), judge, precision)
    proto = with_rescaled_threshold(proto, run(opened(proto), val)["ood_score"], judge.kept_share)
    model = opened(with_spec(proto, spec))
    val_outputs = run(model, val)
    measured = measure(model, val_outputs, splits.val.labels, splits.test, judged)
    reference = reference_of(val_outputs, len(spec.classes))
    final = dataclasses.replace(model.spec, metrics=measured, precision=kind, reference=reference)
    return with_spec(proto, final), (*notes, choice.note)


def choice_of_score(
    proto: onnx.ModelProto,
    train: NDArray[np.uint8],
    val: NDArray[np.uint8],
    exposed: Mapping[str, NDArray[np.uint8]],
    judged: Mapping[str, NDArray[np.uint8]],
    kept_share: float,
) -> Choice:
    """By the float form's embeddings of pixels."""
    model = embedder(proto)

    def of_all(sets: Mapping[str, NDArray[np.uint8]]) -> dict[str, Embedded]:
        return {name: embedded(model, pixels) for name, pixels in sets.items()}

    some = evenly(len(train), TRAINING_IMAGES)
    return choose(embedded(model, train[some]), embedded(model, val), of_all(exposed), of_all(judged), kept_share)


def evenly(n: int, at_most: int) -> NDArray[np.intp]:
    """Indices of `at_most` of `n` images, spread over all of them; all where they are fewer."""
    return np.linspace(0, n - 1, min(n, at_most)).astype(np.intp)


def fitted_sets(sets: ImageSets, spec: ModelSpec) -> dict[str, NDArray[np.uint8]]:
    return {name: fitted(images, spec) for name, images in sets.items()}


def fitted_splits(splits: Splits[Photos], spec: ModelSpec) -> Splits[LabelledPixels]:
    """Every photo as serving fits it."""

    def part(photos: Photos) -> LabelledPixels:
        pixels = fitted((photos.photo(index) for index in range(len(photos))), spec)
        return LabelledPixels(torch.from_numpy(pixels), photos.labels)

    return Splits(splits.classes, part(splits.train), part(splits.val), part(splits.test))


def fitted(images: Iterable[Image.Image], spec: ModelSpec) -> NDArray[np.uint8]:
    mode = "L" if spec.channels == 1 else "RGB"
    return np.stack([fit_to_spec(image.convert(mode), spec) for image in images])


@torch.no_grad()
def embed(network: TransferNet | GoogLeNet, pixels: NDArray[np.uint8], what: str) -> torch.Tensor:
    """Embeddings (N, d) by torch."""
    height, width = seen_size(network, *pixels.shape[1:3])
    size = max(8, EMBEDDED_PIXELS // (height * width))
    bar = tqdm(
        torch.split(torch.from_numpy(pixels), size), desc=f"embedding the {what} images", mininterval=1, leave=False
    )
    return torch.cat([network.head.embed(network.maps(batch)) for batch in bar])


def measure(
    model: Model,
    val_outputs: Mapping[str, NDArray[np.float32]],
    val_labels: torch.Tensor,
    test: LabelledPixels,
    outside: Mapping[str, NDArray[np.uint8]],
) -> tuple[Metric, ...]:
    """The figures of the file itself, through onnxruntime; `outside` are pixels of images of other kinds."""
    test_outputs = run(model, test.pixels.numpy())
    probabilities, labels, n = torch.from_numpy(test_outputs["probabilities"]), test.labels, len(test)
    correct = int((probabilities.argmax(1) == labels).sum())
    n_val, val_correct = len(val_labels), int((val_outputs["probabilities"].argmax(axis=1) == val_labels.numpy()).sum())
    metrics = [
        Metric("accuracy", correct / n, "test", n, accuracy_interval(correct, n)),
        Metric("ece", expected_calibration_error(probabilities, labels), "test", n),
        Metric("accuracy", val_correct / n_val, "val", n_val),
        Metric("in_distribution", float((~is_unlike_training(val_outputs["ood_score"])).mean()), "val", n_val),
        Metric("in_distribution", float((~is_unlike_training(test_outputs["ood_score"])).mean()), "test", n),
    ]
    for name, pixels in outside.items():
        scores = run(model, pixels)["ood_score"]
        metrics += outside_metrics(name, test_outputs["ood_score"], scores)
    return tuple(metrics)


def outside_metrics(name: str, inside: NDArray[np.float32], outside: NDArray[np.float32]) -> list[Metric]:
    """How well the score tells `outside` images from the test images, and the share it refuses at its threshold."""
    auroc = told_apart(inside, outside)
    return [Metric("ood_auroc", auroc, name, len(outside)), refused_share(name, outside)]


def refused_share(name: str, scores: NDArray[np.float32]) -> Metric:
    """The share of the set `name` that its scores refuse."""
    refused, n = int(is_unlike_training(scores).sum()), len(scores)
    return Metric("refused", refused / n, name, n, accuracy_interval(refused, n))
