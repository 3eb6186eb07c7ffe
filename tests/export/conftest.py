"""A small network in float32 that ships, GoogLeNet at half width, and real images for it."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from export.float_form import float_form
from export.metadata import spec_of, with_spec
from export.score_graph import without_head


@pytest.fixture(scope="session")
def googlenet(shipped_path):
    """The float form of objects.onnx, its weights moved off the steps of float16 that it ships in."""
    proto = without_head(float_form(onnx.load(shipped_path.with_name("objects.onnx"))))
    random = np.random.default_rng(0)
    for tensor in proto.graph.initializer:
        if tensor.name.endswith(".weight"):
            weights = numpy_helper.to_array(tensor)
            moved = weights * random.uniform(1 - 2e-4, 1 + 2e-4, weights.shape).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(moved, tensor.name))
    return with_spec(proto, spec_of(proto))


@pytest.fixture(scope="session")
def training_pixels(small_cifar10):
    return small_cifar10.train.pixels.numpy()[:20]


@pytest.fixture(scope="session")
def val(small_cifar10):
    """pixels (40, 32, 32, 3) and labels (40,)."""
    return small_cifar10.val.pixels.numpy()[:40], small_cifar10.val.labels.numpy()[:40].astype(np.int64)
