"""Steps of powers of two for activations, and of three significant bits for weights."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from export.exact_steps import exact_ranges, weight_steps


def graph(nodes, **constants):
    tensors = [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in constants.items()]
    pixels = helper.make_tensor_value_info("x", TensorProto.FLOAT, None)
    return helper.make_graph(nodes, "graph", [pixels], [], tensors)


@pytest.mark.parametrize(
    ("ends", "step", "lowest"),
    [
        ((0.0, 255 / 64), 2**-6, 0),  # it is one already
        ((0.0, 255 / 64 * 1.4), 2**-6, 0),  # up to half an octave is cut off
        ((0.0, 255 / 64 * 1.5), 2**-5, 0),
        ((0.1, 255 / 64), 2**-6, 0),  # 0 is always one of the values
        ((-1.0, 1.0), 2**-7, -1.0),  # white loses half of one step of 255
        ((-2.1, 2.64), 2**-5, -2.125),  # nothing else is cut off where pixels may lie
        ((0.0, 0.0), 1.0, 0),
    ],
)
def test_a_range_takes_the_next_power_of_two(ends, step, lowest):
    assert exact_ranges(graph([]), {"x": ends})["x"] == (lowest, lowest + 255 * step)


def test_what_is_concatenated_has_one_step_and_a_pool_that_of_its_input():
    nodes = [
        helper.make_node("MaxPool", ["c"], ["p"], kernel_shape=[2, 2]),
        helper.make_node("Concat", ["a", "b", "p"], ["cat"], axis=1),
        helper.make_node("Relu", ["b"], ["r"]),
    ]
    ends = {"a": (0.0, 1.0), "b": (0.0, 1.0), "c": (0.0, 30.0), "p": (0.0, 25.0), "cat": (0.0, 5.0), "r": (0.0, 1.0)}
    found = exact_ranges(graph(nodes), ends)
    assert {name: high / 255 for name, (_, high) in found.items()} == {
        "a": 2**-6,  # as cat
        "b": 2**-8,  # read by another node too
        "c": 2**-3,
        "p": 2**-3,  # as c
        "cat": 2**-6,
        "r": 2**-8,
    }


def test_steps_of_weights_are_the_next_of_three_bits_and_leave_room_for_the_bias():
    weights = np.zeros((4, 1, 1, 2), np.float32)
    weights[0, 0, 0] = 64, -64
    weights[1, 0, 0] = 65, 1
    weights[2, 0, 0] = 1, 0
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"])
    steps = weight_steps(graph([node], w=weights, b=[0, 0, 2.0**20, 0]), {"x": (0.0, 255 * 0.5)})["w"]
    assert steps[:3].tolist() == [1, 1.25, 2]  # 2 ** 20 is as many steps of 2 x 0.5 as a bias may take
    assert 0 < steps[3] < 1e-9
    assert steps.dtype == np.float32


def test_a_convolution_with_computed_weights_is_left_alone():
    node = helper.make_node("Conv", ["x", "computed"], ["y"])
    assert weight_steps(graph([node]), {"x": (0.0, 1.0)}) == {}
