"""Receptive fields against a brute-force probe: change one pixel, and see which units change."""

import numpy as np
import pytest
import torch

from export.layer_graph import run_steps, steps
from export.layers import describe
from fovea import ReceptiveField
from training.models import build
from training.models.receptive_field import PIXELS, joined, through

NETWORKS = {
    "alexnet_features": ({}, (227, 227, 3)),
    "vgg16_features": ({}, (64, 64, 3)),
    "lenet5": ({}, (28, 28, 1)),
    "lenet5_classic": ({}, (28, 28, 1)),
    "googlenet": ({"form": "cifar", "num_classes": 10, "width": 0.125, "stem_stride": 2}, (32, 32, 3)),
}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    options, shape = NETWORKS[request.param]
    torch.manual_seed(0)
    model = build(request.param, **options).eval()
    graph = steps(model)
    return model, graph, describe(model, graph, shape), shape


def seeing(layer, pixel):
    """Which units (H, W) of `layer` have `pixel` (row, column) in their field, by the recurrence."""
    field = layer.receptive_field
    axes = []
    for place, count in zip(pixel, layer.shape[1:] or (1, 1), strict=True):
        first = field.start_px + np.arange(count) * field.jump_px
        axes.append((first <= place) & (place < first + field.size_px))
    return axes[0][:, None] & axes[1][None, :]


@pytest.mark.parametrize("place", [(0, 0), (0.5, 0.5), (1, 0.3), (0.22, 0.81)])
def test_a_pixel_that_is_not_a_number_reaches_exactly_the_units_that_see_it(network, place):
    model, graph, layers, (height, width, channels) = network
    row, column = round(place[0] * (height - 1)), round(place[1] * (width - 1))
    x = model.normalize(torch.randint(0, 256, (1, height, width, channels), dtype=torch.uint8))
    border = (x.shape[2] - height) // 2  # of the field that the pixels lie in, where a network has one
    x[:, :, row + border, column + border] = (
        torch.nan
    )  # passes every kernel, maximum and ReLU: no unit can hide that it looked
    with torch.no_grad():
        maps = run_steps(graph, x)
    for layer in layers:
        found = maps[layer.output][0].isnan().any(dim=0).numpy().reshape(layer.shape[1:] or (1, 1))
        np.testing.assert_array_equal(found, seeing(layer, (row, column)), err_msg=layer.output)


def test_a_brighter_pixel_changes_no_unit_that_does_not_see_it(network):
    model, graph, layers, (height, width, channels) = network
    pixels = torch.randint(0, 120, (1, height, width, channels), dtype=torch.uint8)
    row, column = height // 3, width // 2
    changed = pixels.clone()
    changed[0, row, column] += 120
    with torch.no_grad():
        before, after = (run_steps(graph, model.normalize(image)) for image in (pixels, changed))
    for layer in layers:
        if len(layer.shape) == 3:
            differs = (before[layer.output] != after[layer.output])[0].any(dim=0).numpy()
            assert not (differs & ~seeing(layer, (row, column))).any(), layer.output
    assert (before[layers[0].output] != after[layers[0].output]).any()


def test_alexnets_fields_are_the_ones_counted_by_hand():
    model = build("alexnet_features").eval()
    layers = {layer.output: layer for layer in describe(model, steps(model), (227, 227, 3))}
    assert layers["conv1"].receptive_field == ReceptiveField(11, 4, 0)
    assert layers["pool1"].receptive_field == ReceptiveField(19, 8, 0)
    assert layers["conv2"].receptive_field == ReceptiveField(51, 8, -16)
    assert layers["pool5"].receptive_field.size_px == 195


def test_vgg16s_last_maps_see_212_pixels():
    model = build("vgg16_features").eval()
    layers = {layer.output: layer for layer in describe(model, steps(model), (32, 32, 3))}
    assert layers["pool1"].receptive_field == ReceptiveField(6, 2, -2)
    assert layers["act5_3"].receptive_field.size_px == 196
    assert layers["pool5"].receptive_field == ReceptiveField(212, 32, -90)
    assert [name for name in layers if name.startswith("conv")] == [
        *("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3"),
        *("conv4_1", "conv4_2", "conv4_3", "conv5_1", "conv5_2", "conv5_3"),
    ]
    assert {layer.stage for layer in layers.values()} == {f"Block {number}" for number in range(1, 6)}


def test_branches_that_step_differently_have_no_common_field():
    with pytest.raises(ValueError, match="step by 1 and 2 pixels"):
        joined([through(PIXELS, 3), through(PIXELS, 3, stride=2)])
