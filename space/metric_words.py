"""Figures and networks in words: a model file names them for programs."""

import re

from fovea import Metric

FIGURES = {
    "accuracy": "Right answers, {images}",
    "ece": "Calibration error, {images}",
    "in_distribution": "Taken for a known kind of image, {images}",
    "no_other_finding": "Not taken for another finding, {images}",
    "ood_auroc": "Told apart, {images}",
    "refused": "Refused, {images}",
}
IMAGES = {
    "test": "test images",
    "val": "validation images",
    "cifar10": "photos of CIFAR-10",
    "chest_xray": "chest X-rays",
    "flowers": "photos of flowers",
    "mnist": "digits of MNIST",
}
NETWORKS = {"inception_v3": "Inception-v3", "resnet50": "ResNet-50", "Mixed_": "block "}


def metric_words(metric: Metric) -> str:
    """What a figure says, and of which images."""
    images = IMAGES.get(metric.split, plain(metric.split))
    return FIGURES.get(metric.name, f"{plain(metric.name).capitalize()}, {{images}}").format(images=images)


def network_words(title: str) -> str:
    """A network's title as its paper writes it: "inception_v3 to Mixed_7a" is "Inception-v3 to block 7a"."""
    known = re.compile("|".join(map(re.escape, NETWORKS)))
    return plain(known.sub(lambda found: NETWORKS[found[0]], title))


def plain(name: str) -> str:
    return name.replace("_", " ")
