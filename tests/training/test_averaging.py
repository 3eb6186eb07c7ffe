import copy

import pytest
import torch
from torch import nn

from training.averaging import WeightAverage


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


def test_the_average_follows_the_weights_and_the_statistics_by_the_rising_decay():
    model = network()
    average = WeightAverage(model, decay=0.9)
    expected = None
    for step in range(30):
        with torch.no_grad():
            model[0].weight.fill_(step)
            model[1].running_mean.fill_(10 * step)
        average.update(model)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = step if expected is None else decay * expected + (1 - decay) * step
    assert average.model[0].weight.mean().item() == pytest.approx(expected, rel=1e-5)
    assert average.model[1].running_mean.mean().item() == pytest.approx(10 * expected, rel=1e-5)
    assert 20 < expected < 29


def test_a_restored_average_goes_on_as_the_first_one_does():
    model = network()
    first, second = WeightAverage(model, 0.9), WeightAverage(model, 0.9)
    for step in range(5):
        with torch.no_grad():
            model[0].weight.add_(step)
        first.update(model)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for average in (first, second):
        average.update(network())
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])
