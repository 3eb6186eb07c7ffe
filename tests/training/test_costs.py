"""Costs of layers, against sums made by hand."""

import pytest
import torch
from torch import nn

from training.models import build
from training.models.costs import layer_costs


def test_lenet5s_costs_are_those_of_the_paper():
    costs = {cost.name.rpartition(".")[2]: cost for cost in layer_costs(build("lenet5"), (28, 28, 1))}
    assert list(costs) == ["conv1", "conv2", "conv3", "fc1", "logits"]
    assert costs["conv1"].shape == (6, 28, 28)
    assert costs["conv1"].multiply_adds == 6 * 28 * 28 * 25
    assert costs["conv2"].multiply_adds == 16 * 10 * 10 * 25 * 6
    assert costs["fc1"].multiply_adds == 120 * 84
    assert costs["conv1"].parameters == 156
    assert (costs["conv1"].kernel, costs["fc1"].kernel) == (5, 1)


def test_lenet5_of_1998_costs_what_its_connections_do():
    costs = {cost.name.rpartition(".")[2]: cost for cost in layer_costs(build("lenet5_classic"), (28, 28, 1))}
    assert list(costs) == ["conv1", "conv2", "conv3", "fc1"]
    assert (costs["conv2"].parameters, costs["conv2"].multiply_adds) == (1_516, 1_500 * 100)
    assert sum(cost.multiply_adds for cost in costs.values()) == 117_600 + 150_000 + 48_000 + 10_080 == 325_680


class Bilinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.matrix = nn.Parameter(torch.zeros(3, 3))

    def forward(self, pixels):
        return pixels.float() @ self.matrix


def test_a_layer_that_nothing_counts_is_refused():
    with pytest.raises(TypeError, match="The multiply-adds of 0, a Bilinear, are not counted yet"):
        layer_costs(nn.Sequential(Bilinear()), (8, 8, 3))


def test_groups_halve_the_multiply_adds():
    with torch.device("meta"):
        network = build("alexnet")
    costs = {cost.name.rpartition(".")[2]: cost for cost in layer_costs(network, (227, 227, 3))}
    assert costs["conv2"].multiply_adds == 256 * 27 * 27 * 48 * 25
    assert costs["conv3"].multiply_adds == 384 * 13 * 13 * 256 * 9


def test_a_network_stays_as_it_was():
    network = build("lenet5").train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    layer_costs(network, (28, 28, 1))
    assert network.training
    assert all(tensor.equal(before[name]) for name, tensor in network.state_dict().items())
    assert not any(layer._forward_hooks for layer in network.modules())


def test_auxiliary_classifiers_cost_nothing_in_use():
    options = {"form": "cifar", "width": 0.25, "num_classes": 10}
    costs = layer_costs(build("googlenet", **options), (32, 32, 3))
    assert not [cost for cost in costs if cost.name.startswith("auxiliary")]
    assert all(isinstance(cost.multiply_adds, int) for cost in costs)
    assert sum(cost.kind == "dense" for cost in costs) == 1
    assert isinstance(build("googlenet", **options).head.fc2, nn.Linear)
