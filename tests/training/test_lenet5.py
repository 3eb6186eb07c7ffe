"""Both forms of LeNet-5 against the paper's own counts."""

import pytest
import torch
from torch.nn import functional

from training.models import build
from training.models.lenet5 import LeNet5
from training.models.lenet5_classic import (
    BITMAPS,
    C3_TABLE,
    GARBAGE_PENALTY,
    EuclideanRBF,
    LeNet5Classic,
    ScaledTanh,
    Subsampling,
    map_loss,
)

PAPER = {"conv1": 156, "pool1": 12, "conv2": 1516, "pool2": 32, "conv3": 48120, "fc1": 10164}


def parameters(model: torch.nn.Module, layer: str) -> int:
    modules = {name.rsplit(".", 1)[-1]: module for name, module in model.named_modules()}
    return sum(parameter.numel() for parameter in modules[layer].parameters())


@pytest.mark.parametrize(("layer", "count"), PAPER.items())
def test_each_classic_layer_has_the_papers_parameter_count(layer, count):
    assert parameters(LeNet5Classic(), layer) == count


def test_the_classic_form_has_sixty_thousand_trainable_parameters():
    assert sum(parameter.numel() for parameter in LeNet5Classic().parameters()) == 60_000


def test_the_modern_form_has_61706_parameters():
    assert sum(parameter.numel() for parameter in LeNet5().parameters()) == 61_706


@pytest.mark.parametrize("architecture", ["lenet5", "lenet5_classic"])
def test_feature_maps_have_the_papers_shapes(architecture):
    maps = build(architecture).eval().feature_maps(torch.zeros(3, 28, 28, 1, dtype=torch.uint8))
    shapes = {name: tuple(maps[name].shape) for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "fc1", "logits")}
    assert shapes == {
        "conv1": (3, 6, 28, 28),
        "pool1": (3, 6, 14, 14),
        "conv2": (3, 16, 10, 10),
        "pool2": (3, 16, 5, 5),
        "conv3": (3, 120, 1, 1),
        "fc1": (3, 84),
        "logits": (3, 10),
    }


@pytest.mark.parametrize("architecture", ["lenet5", "lenet5_classic"])
def test_every_parameter_gets_a_gradient_and_nothing_is_nan(architecture):
    torch.manual_seed(0)
    model = build(architecture)
    logits = model(torch.randint(0, 256, (8, 28, 28, 1), dtype=torch.uint8))
    functional.cross_entropy(logits, torch.arange(8)).backward()
    assert logits.isfinite().all()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.parametrize("architecture", ["lenet5", "lenet5_classic"])
def test_forward_is_the_last_feature_map(architecture):
    model = build(architecture).eval()
    pixels = torch.randint(0, 256, (2, 28, 28, 1), dtype=torch.uint8)
    assert torch.equal(model(pixels), model.feature_maps(pixels)["logits"])


def test_the_c3_table_has_the_papers_sixty_connections():
    assert sum(len(inputs) for inputs in C3_TABLE) == 60
    assert sorted(len(inputs) for inputs in C3_TABLE) == [3] * 6 + [4] * 9 + [6]
    assert len(set(C3_TABLE)) == 16


def test_c3_maps_ignore_the_maps_that_the_table_leaves_out():
    layer = LeNet5Classic().features.conv2
    x = torch.randn(1, 6, 14, 14)
    changed = x.clone()
    changed[:, 5] += 1
    is_same = (layer(x) == layer(changed)).flatten(2).all(2)[0]
    assert is_same.tolist() == [5 not in inputs for inputs in C3_TABLE]


def test_the_classic_input_runs_from_minus_a_tenth_to_1175():
    field = LeNet5Classic().normalize(torch.tensor([[[[0], [255]]]], dtype=torch.uint8))
    assert field.min().item() == pytest.approx(-0.1, abs=1e-6)
    assert field.max().item() == pytest.approx(1.175, abs=1e-6)


def test_the_scaled_tanh_maps_one_to_one():
    assert ScaledTanh()(torch.tensor([1.0, -1.0])).tolist() == pytest.approx([1, -1], abs=1e-4)


def test_subsampling_is_the_block_sum_times_a_weight_plus_a_bias():
    layer = Subsampling(1)
    layer.weight.data.fill_(0.5)
    layer.bias.data.fill_(1.0)
    assert layer(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).item() == 0.5 * 10 + 1


def test_an_rbf_unit_answers_zero_to_its_own_bitmap_only():
    rbf = EuclideanRBF()
    assert all(len(bitmap.replace(" ", "")) == 84 for bitmap in BITMAPS)
    distances = -rbf(rbf.bitmaps.flatten(1))
    assert distances.diag().tolist() == [0.0] * 10
    assert (distances + torch.eye(10) * 1e9).min() >= 4 * 5  # any two bitmaps differ in at least five pixels


def test_the_map_loss_is_equation_nine():
    logits = torch.tensor([[-2.0, -5.0]])
    expected = 2 + torch.log(torch.exp(torch.tensor([-2.0, -5.0, -GARBAGE_PENALTY])).sum())
    assert map_loss(logits, torch.tensor([0])).item() == pytest.approx(expected.item(), abs=1e-6)
