"""Export of a transfer network: parity with torch, the form that ships, and figures measured on the file itself."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from export.batches import BATCH, run
from export.classifier_graph import ExportedClassifier
from export.form import chosen_form
from export.judge import Judge
from export.layout import Films, with_layout
from export.metadata import spec_of, with_spec
from export.model_file import opened
from export.ood import OodScore, fit_ood, unfitted_ood, with_ood, with_rescaled_threshold
from export.other_finding import KEPT_SHARE as OTHER_KEPT_SHARE
from export.other_finding import OUTPUT as OTHER_FINDING
from export.other_finding import THRESHOLD as OTHER_THRESHOLD
from export.parity import check_parity
from export.reference import reference_of
from export.refusal import TRAINING_IMAGES, Choice, Embedded, choose, embedded, embedder, told_apart
from export.result import ExportResult, Precision
from export.score_graph import with_head
from export.to_onnx import to_onnx
from fovea import Metric, Model, ModelSpec, fit_to_spec
from fovea.decision import is_unlike_training, shows_other_finding
from fovea.expected import SCORES
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.outside import ImageSets, exposed_and_judged
from training.data.photos import Photos
from training.metrics import accuracy_interval, expected_calibration_error
from training.models.googlenet import GoogLeNet
from training.models.normalize import StandardizeFilm
from training.models.transfer_net import TransferNet

OOD_IMAGES = 3000  # training images behind the distance: four for each entry of an embedding of Inception-v3's Mixed_6e
OUTSIDE_IMAGES = 500  # of each set to learn from, and as many others to judge by
FEWEST_OUTSIDE = 100


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
    exported = ExportedClassifier(network, spec, unfitted_ood(network.head.dimensions, len(spec.classes))).eval()
    proto = to_onnx(exported, spec)
    exported.ood, own = fitted_ood(own_images(proto, splits), splits.train.labels, judge.kept_share)
    proto = with_ood(proto, exported.ood)
    parity = check_parity(exported, opened(proto), splits.test.pixels, batch_size=BATCH)
    proto, notes = finished(proto, splits, own, data_dir, precision, judge, standardizer_of(network))
    return ExportResult(proto, parity, notes)


@dataclass(frozen=True)
class OwnImages:
    """What the float form makes of training images, evenly spread (`indices`), and of the validation images."""

    indices: NDArray[np.intp]
    train: Embedded
    val: Embedded


def own_images(proto: onnx.ModelProto, splits: Splits[LabelledPixels]) -> OwnImages:
    model, some = embedder(proto), evenly(len(splits.train), OOD_IMAGES)
    pixels = splits.train.pixels.numpy()[some]
    return OwnImages(some, embedded(model, pixels), embedded(model, splits.val.pixels.numpy()))


def fitted_ood(own: OwnImages, labels: torch.Tensor, kept_share: float) -> tuple[OodScore, OwnImages]:
    """The score of the embeddings, and the images with their distances by it; `labels` are those of all of training."""
    train, val = (torch.from_numpy(images.embedding) for images in (own.train, own.val))
    ood = fit_ood(train, labels[own.indices], val, kept_share)
    measured = (
        dataclasses.replace(images, distance=ood(embedding).numpy())
        for images, embedding in ((own.train, train), (own.val, val))
    )
    return ood, OwnImages(own.indices, *measured)


def standardizer_of(network: nn.Module) -> StandardizeFilm | None:
    """What makes films alike in front of a network for films; None for other networks."""
    return next((layer for layer in network.modules() if isinstance(layer, StandardizeFilm)), None)


def finished(
    proto: onnx.ModelProto,
    splits: Splits[LabelledPixels],
    own: OwnImages,
    data_dir: Path,
    precision: Precision,
    judge: Judge,
    standardize: StandardizeFilm | None = None,
) -> tuple[onnx.ModelProto, tuple[str, ...]]:
    """The file that ships, its figures measured; and sentences on how its form and its score were chosen.

    With `standardize` the score of films heeds their layout too.
    """
    spec = spec_of(proto)
    train, val = splits.train.pixels.numpy(), splits.val.pixels.numpy()
    exposed, judged = (
        fitted_sets(sets, spec) for sets in exposed_and_judged(data_dir, outside_images(len(train)), without=spec.task)
    )
    choice = choice_of_score(proto, own, exposed, judged, judge.kept_share)
    if choice.head is not None:
        proto = with_head(proto, choice.head, choice.cut)
    proto, kind, notes = chosen_form(proto, train, val, splits.val.labels.numpy(), judge, precision)
    proto = with_spec(proto, dataclasses.replace(spec, precision=kind))
    proto, on_layout = judged_whole(proto, splits, judged, judge, standardize)
    return proto, (*notes, choice.note, *on_layout)


def outside_images(n_train: int) -> int:
    """How many of each set of other images there are for so many training images.

    A set of a few hundred photos of one's own does not wait for ten times as many others.
    """
    return min(OUTSIDE_IMAGES, max(FEWEST_OUTSIDE, n_train // 4))


def judged_whole(
    proto: onnx.ModelProto,
    splits: Splits[LabelledPixels],
    outside: Mapping[str, NDArray[np.uint8]],
    judge: Judge,
    standardize: StandardizeFilm | None,
) -> tuple[onnx.ModelProto, tuple[str, ...]]:
    """The file with its scores complete and its figures in the spec, and sentences on the score.

    `proto` has its form, and the score of its embedding. `outside` are pixels of images of other kinds.
    """
    val = splits.val.pixels.numpy()
    notes: tuple[str, ...] = ()
    if standardize is not None:
        films = Films(splits.train.pixels.numpy(), splits.train.labels.numpy(), val)
        proto, sentence = with_layout(proto, standardize, films, judge.kept_share)
        notes = (sentence,)
    scores, spec = run(opened(proto), val, SCORES), spec_of(proto)
    proto = with_rescaled_threshold(proto, scores["ood_score"], judge.kept_share)
    if OTHER_FINDING in scores:
        proto = with_rescaled_threshold(proto, scores[OTHER_FINDING], OTHER_KEPT_SHARE, OTHER_THRESHOLD)
    proto = with_spec(proto, spec)
    model = opened(proto)
    val_outputs = run(model, val)
    measured = measure(model, val_outputs, splits.val.labels, splits.test, outside)
    reference = reference_of(val_outputs, len(model.spec.classes))
    return with_spec(proto, dataclasses.replace(model.spec, metrics=measured, reference=reference)), notes


def choice_of_score(
    proto: onnx.ModelProto,
    own: OwnImages,
    exposed: Mapping[str, NDArray[np.uint8]],
    judged: Mapping[str, NDArray[np.uint8]],
    kept_share: float,
) -> Choice:
    """By the float form's embeddings of pixels."""
    model = embedder(proto)

    def of_all(sets: Mapping[str, NDArray[np.uint8]]) -> dict[str, Embedded]:
        return {name: embedded(model, pixels) for name, pixels in sets.items()}

    train = own.train.take(evenly(len(own.indices), TRAINING_IMAGES))
    return choose(train, own.val, of_all(exposed), of_all(judged), kept_share)


def evenly(n: int, at_most: int) -> NDArray[np.intp]:
    """Indices of `at_most` of `n` images, spread over all of them; all where they are fewer."""
    return np.linspace(0, n - 1, min(n, at_most)).astype(np.intp)


def fitted_sets(sets: ImageSets, spec: ModelSpec) -> dict[str, NDArray[np.uint8]]:
    return {name: fitted(images, spec) for name, images in sets.items()}


def fitted_splits(splits: Splits[Photos], spec: ModelSpec) -> Splits[LabelledPixels]:
    """Every photo as serving fits it."""

    def part(photos: Photos) -> LabelledPixels:
        # filled in place: a list of as many pictures would need the memory twice
        pixels = np.empty((len(photos), spec.height, spec.width, spec.channels), np.uint8)
        for index in range(len(photos)):
            pixels[index] = as_served(photos.photo(index), spec)
        return LabelledPixels(torch.from_numpy(pixels), photos.labels)

    return Splits(splits.classes, part(splits.train), part(splits.val), part(splits.test))


def fitted(images: Iterable[Image.Image], spec: ModelSpec) -> NDArray[np.uint8]:
    return np.stack([as_served(image, spec) for image in images])


def as_served(image: Image.Image, spec: ModelSpec) -> NDArray[np.uint8]:
    """Pixels (H, W, C)."""
    return fit_to_spec(image.convert("L" if spec.channels == 1 else "RGB"), spec)


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
    for split, outputs in (("val", val_outputs), ("test", test_outputs)):
        if OTHER_FINDING in outputs:
            kept = ~shows_other_finding(outputs[OTHER_FINDING])
            metrics.append(Metric("no_other_finding", float(kept.mean()), split, len(kept)))
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
