"""The numbers behind a sliding kernel: its share and all other shares are the unit that onnxruntime computes."""

import base64
import zlib
from pathlib import Path

import numpy as np
import pytest

from fovea import SettingError
from fovea.convolution import Convolutions
from space.feature_maps.networks import described, networks_of, read_fitted
from space.feature_maps.viewer_functions import ViewerFunctions
from space.model_folder import ModelFolder

ROOT = Path(__file__).parents[2]
LAYERS = [
    *(("alexnet", layer) for layer in ("conv1", "conv2", "conv5")),  # stride 4, two groups, no group
    *(("vgg16", layer) for layer in ("conv1_1", "conv3_2")),
    *(("googlenet", layer) for layer in ("stem.white", "inception3a.branch5x5.1.conv", "inception4a.branch1x1.conv")),
    *(("lenet5", layer) for layer in ("conv1", "conv3")),
    *(("lenet5_classic", layer) for layer in ("conv1", "conv2")),  # a field of its own, a table of connections
]


@pytest.fixture(scope="module")
def functions():
    return ViewerFunctions(networks_of(ModelFolder(ROOT / "models")))


@pytest.fixture(scope="module")
def seen(functions):
    """The default example of each network, as the page sends it back."""
    examples = {network["id"]: network["example"] for network in described(functions.networks)}
    samples = {name: functions.sample({"name": name}) for name in set(examples.values())}
    return {network: samples[name]["seen"][network]["address"] for network, name in examples.items()}


def unpacked(answer, name):
    return np.frombuffer(zlib.decompress(base64.b64decode(answer[name])), "<f4").reshape(answer[f"{name}Shape"])


def patch(values, answer, row, column):
    """What lies under the window at a place of the output, zeros where it is padding."""
    side, padding = len(answer["weights"]), answer["padding"]
    top, left = row * answer["stride"], column * answer["stride"]
    return np.pad(values, padding).astype(np.float64)[top : top + side, left : left + side]


@pytest.mark.parametrize(("network", "layer"), LAYERS)
def test_the_shares_of_all_channels_and_the_bias_are_the_unit(functions, seen, network, layer):
    model, inside = functions.networks[network].open(), Convolutions(functions.networks[network].header)
    convolution = model.spec.layer(layer)
    depth, height, width = convolution.shape
    number = depth - 1  # of the last group
    answer = functions.slide({"network": network, "layer": layer, "map": number, "pixels": seen[network]})
    kernel = model.kernels(layer)[number]
    first = (convolution.groups - 1) * len(kernel)
    assert (answer["layer"], answer["map"], answer["of"]) == (layer, number, len(kernel))
    np.testing.assert_array_equal(answer["weights"], kernel[answer["channel"] - first])
    pixels = read_fitted(functions.networks[network], seen[network])
    outputs = model.run(pixels[np.newaxis])
    before = convolution.inputs
    taken = outputs[before[0]][0] if before else inside.rescaled(layer, pixels)
    np.testing.assert_array_equal(unpacked(answer, "input"), taken[answer["channel"]])
    made = unpacked(answer, "output")
    np.testing.assert_array_equal(made, outputs[layer][0, number])
    for place in ((0, 0), (height // 2, width // 3), (height - 1, width - 1)):
        shares = [(w * patch(values, answer, *place)).sum() for w, values in zip(kernel, taken[first:], strict=False)]
        unit = sum(shares) + (answer["bias"] or 0)
        assert unit == pytest.approx(made[place], rel=1e-3, abs=float(np.abs(made).max()) * 1e-5)


def test_the_channel_that_is_shown_first_is_that_of_the_strongest_slice(functions, seen):
    ask = {"network": "alexnet", "layer": "pool2", "map": 200, "pixels": seen["alexnet"]}
    answer = functions.slide(ask)
    kernel = functions.kernel(ask)
    assert answer["channels"] == kernel["inputs"]
    assert (answer["channel"], answer["layer"], answer["from"]) == (kernel["inputs"][0], "conv2", "Pooling 1")
    assert min(answer["channels"]) >= 48  # the second group


def test_a_channel_that_the_kernel_does_not_see_is_refused(functions, seen):
    ask = {"network": "alexnet", "layer": "conv2", "map": 200, "pixels": seen["alexnet"], "channel": 3}
    with pytest.raises(SettingError, match=r"The channel is 3\. Map 200 is made of 48 to 95"):
        functions.slide(ask)


def test_a_dense_unit_has_no_kernel_that_slides(functions, seen):
    ask = {"network": "lenet5", "layer": "logits", "map": 3, "pixels": seen["lenet5"]}
    with pytest.raises(SettingError, match="No kernel slides over an image here"):
        functions.slide(ask)
