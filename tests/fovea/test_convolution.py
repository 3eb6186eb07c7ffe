"""Biases and rescaled pixels, cut out of the file: with them numpy computes what onnxruntime gives."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from fovea import RevisionError, SettingError, load, read_header
from fovea.convolution import Convolutions

MODELS = Path(__file__).parents[2] / "models"
FIRST = {"alexnet": "conv1", "vgg16": "conv1_1", "googlenet": "stem.white", "lenet5": "conv1"}


def opened(network):
    return Convolutions(read_header(MODELS / f"features_{network}.onnx"))


@pytest.mark.parametrize("network", FIRST)
def test_the_biases_are_those_that_the_package_onnx_reads(network):
    path = MODELS / f"features_{network}.onnx"
    graph, inside = onnx.load(path).graph, opened(network)
    stored = {tensor.name: tensor for tensor in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert len(convolutions) == sum(layer.kind == "convolution" for layer in read_header(path).spec.layers)
    for node in convolutions:
        bias = inside.bias(node.output[0])
        if len(node.input) < 3:
            assert bias is None
        else:
            np.testing.assert_array_equal(bias, numpy_helper.to_array(stored[node.input[2]]))


@pytest.mark.parametrize(("network", "layer"), FIRST.items())
def test_the_first_layer_is_its_kernels_on_the_rescaled_pixels(network, layer):
    model, inside = load(MODELS / f"features_{network}.onnx"), opened(network)
    spec = model.spec
    pixels = np.random.default_rng(0).integers(0, 256, (spec.height, spec.width, spec.channels), dtype=np.uint8)
    convolution = spec.layer(layer)
    taken = inside.rescaled(layer, pixels).astype(np.float64)
    assert taken.shape == (spec.channels, spec.height, spec.width)
    padding, side = convolution.padding, convolution.kernel_size
    padded = np.pad(taken, ((0, 0), (padding, padding), (padding, padding)))
    bias = inside.bias(layer)
    made = model.run(pixels[np.newaxis])[layer][0]
    for row, column in ((0, 0), (3, 5), (made.shape[1] - 1, made.shape[2] - 1)):
        top, left = row * convolution.stride, column * convolution.stride
        sums = (model.kernels(layer) * padded[:, top : top + side, left : left + side]).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(sums + (0 if bias is None else bias), made[:, row, column], rtol=1e-4, atol=1e-4)


def test_what_is_no_convolution_or_not_on_the_pixels_is_refused():
    inside = opened("lenet5")
    with pytest.raises(SettingError, match="pool1 is not a convolution"):
        inside.bias("pool1")
    with pytest.raises(SettingError, match="conv2 does not lie on the pixels"):
        inside.rescaled("conv2", np.zeros((28, 28, 1), np.uint8))


def test_a_file_that_was_changed_is_refused(tmp_path):
    model = onnx.load(MODELS / "features_lenet5.onnx")
    bias = next(tensor for tensor in model.graph.initializer if tensor.name.endswith("conv1.bias"))
    bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) + 1, bias.name))
    path = tmp_path / "features_lenet5.onnx"
    onnx.save(model, path)
    with pytest.raises(RevisionError, match="The file was changed after its export"):
        Convolutions(read_header(path))
