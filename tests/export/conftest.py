"""A small network in float32 that ships, GoogLeNet at half width, and real images for it."""

import numpy as np
import onnx
import pytest

from export.float_form import float_form
from export.score_graph import without_head


@pytest.fixture(scope="session")
def googlenet(shipped_path):
    """The float form of objects.onnx."""
    return without_head(float_form(onnx.load(shipped_path.with_name("objects.onnx"))))


@pytest.fixture(scope="session")
def training_pixels(small_cifar10):
    return small_cifar10.train.pixels.numpy()[:20]


@pytest.fixture(scope="session")
def val(small_cifar10):
    """pixels (40, 32, 32, 3) and labels (40,)."""
    return small_cifar10.val.pixels.numpy()[:40], small_cifar10.val.labels.numpy()[:40].astype(np.int64)
