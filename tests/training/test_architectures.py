"""The networks against their papers' counts and shapes, and against torchvision where it has the same network."""

from functools import partial
from pathlib import Path

import pytest
import torch
import torchvision
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from training.models import build
from training.models.alexnet import PAPER_NORM, AlexNet, initialise
from training.models.googlenet import TABLE, GoogLeNet
from training.models.resnet50 import ResNet50

WEIGHTS = Path("../shared/weights/alexnet_conv.safetensors")


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def pixels_of(size: int, n: int = 1, channels: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, size, size, channels), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize(
    ("architecture", "options", "parameters"),
    [
        ("alexnet", {}, 60_965_224),
        ("vgg16", {}, 138_357_544),
        ("vgg16_features", {}, 14_714_688),
        ("googlenet", {}, 13_378_280),
        ("googlenet", {"has_auxiliary": False}, 6_998_552),
        ("inception_v3", {}, 27_161_264),
        ("inception_v3", {"has_auxiliary": False}, 23_834_568),
        ("resnet50", {}, 25_557_032),
        ("cifar_resnet", {"depth": 20}, 269_722),
        ("cifar_resnet", {"depth": 56}, 853_018),
        ("cifar_resnet", {"depth": 110}, 1_727_962),
        ("cifar_resnet", {"depth": 20, "is_residual": False}, 269_722),
        ("sigmoid_net", {"depth": 20}, 269_722 - 688),  # of each of 688 maps a bias, for batch norm's two numbers
        ("mlp", {}, 61_225),
    ],
    ids=str,
)
def test_a_network_has_its_papers_parameter_count(architecture, options, parameters):
    with torch.device("meta"):  # VGG16 alone is 550 MB
        assert count(build(architecture, **options)) == parameters


def test_alexnets_layers_have_the_papers_counts():
    with torch.device("meta"):
        network = AlexNet()
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    # figure 2: 48 maps a GPU in conv1, 128, 192, 192, 128; conv3 alone sees both halves
    expected = [
        2 * 48 * (3 * 11 * 11 + 1),
        2 * 128 * (48 * 5 * 5 + 1),
        2 * 192 * (256 * 3 * 3 + 1),
        2 * 192 * (192 * 3 * 3 + 1),
        2 * 128 * (192 * 3 * 3 + 1),
        4096 * (256 * 6 * 6 + 1),
        4096 * (4096 + 1),
        1000 * (4096 + 1),
    ]
    assert [count(layer) for layer in layers] == expected


def test_alexnets_maps_have_the_shapes_of_figure_2():
    maps = build("alexnet_features").eval().feature_maps(pixels_of(227))
    assert {name: tuple(maps[name].shape[1:]) for name in maps if name.startswith(("conv", "pool"))} == {
        "conv1": (96, 55, 55),
        "pool1": (96, 27, 27),
        "conv2": (256, 27, 27),
        "pool2": (256, 13, 13),
        "conv3": (384, 13, 13),
        "conv4": (384, 13, 13),
        "conv5": (256, 13, 13),
        "pool5": (256, 6, 6),
    }


def test_the_response_norm_is_the_papers_formula():
    maps = torch.rand(1, 7, 2, 2) * 100
    n, k, alpha, beta = 5, 2.0, 1e-4, 0.75
    expected = torch.empty_like(maps)
    for channel in range(7):
        beside = maps[:, max(0, channel - n // 2) : channel + n // 2 + 1]
        expected[:, channel] = maps[:, channel] / (k + alpha * beside.square().sum(1)) ** beta
    torch.testing.assert_close(PAPER_NORM.layer()(maps), expected)


def test_vgg16s_features_take_torchvisions_names_and_give_torchvisions_maps():
    torch.manual_seed(0)
    published = torchvision.models.vgg16(weights=None).features.eval()
    network = build("vgg16_features").eval()
    network.load_published({f"features.{name}": tensor for name, tensor in published.state_dict().items()})
    pixels = pixels_of(64)
    with torch.no_grad():
        assert torch.equal(network(pixels), published(network.normalize(pixels)))
        assert torch.equal(network.feature_maps(pixels)["pool5"], network(pixels))
    with pytest.raises(RuntimeError, match="conv1_2"):
        network.load_published({"features.0.weight": published[0].weight, "features.0.bias": published[0].bias})


def test_alexnets_halves_do_not_see_each_other_in_conv2():
    network = build("alexnet_features")
    x = torch.zeros(1, 96, 27, 27)
    x[:, :48] = 1
    out = network.features.conv2(x) - network.features.conv2(torch.zeros_like(x))
    assert out[:, :128].abs().sum() > 0
    assert out[:, 128:].abs().sum() == 0


def test_alexnet_begins_as_section_5_says():
    with torch.device("meta"):
        small = AlexNet(num_classes=2)
    small = small.to_empty(device="cpu")
    initialise(small)
    biases = {
        name: float(layer.bias.detach().mean())
        for name, layer in [*small.features.named_children(), *small.classifier.named_children()]
        if isinstance(layer, nn.Conv2d | nn.Linear)
    }
    assert biases == {
        **{"conv1": 0, "conv2": 1, "conv3": 0, "conv4": 1, "conv5": 1},
        **{"fc6": 1, "fc7": 1, "logits": 0},
    }
    assert small.features.conv3.weight.std().item() == pytest.approx(0.01, rel=0.01)


@pytest.mark.skipif(not WEIGHTS.is_file(), reason=f"{WEIGHTS} is not here")
def test_the_published_filters_load_and_look_like_filters():
    network = build("alexnet_features")
    network.load_published(load_file(WEIGHTS))
    first = network.features.conv1.weight.detach()
    # one half looks for colour, the other for edges without: section 6.1
    colour = (first - first.mean(1, keepdim=True)).square().mean(dim=(1, 2, 3)) / first.square().mean(dim=(1, 2, 3))
    assert colour[48:].median() < 0.1 < 0.5 < colour[:48].median()


def test_googlenets_maps_have_the_shapes_of_table_1():
    maps = build("googlenet").eval().feature_maps(pixels_of(224))
    widths = {name: row[0] + row[2] + row[4] + row[5] for name, row in TABLE.items()}
    assert list(widths.values()) == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    grids = {"3": 28, "4": 14, "5": 7}
    assert tuple(maps["stem"].shape) == (1, 192, 28, 28)
    for name, width in widths.items():
        assert tuple(maps[name].shape) == (1, width, grids[name[9]], grids[name[9]])
    assert tuple(maps["pool3"].shape) == (1, 480, 14, 14)
    assert tuple(maps["pool4"].shape) == (1, 832, 7, 7)


@pytest.mark.parametrize(("stem_stride", "grids"), [(1, (32, 16, 8)), (2, (16, 8, 4))])
def test_googlenets_cifar_form_keeps_a_grid(stem_stride, grids):
    network = build("googlenet", form="cifar", num_classes=10, width=0.25, stem_stride=stem_stride).eval()
    maps = network.feature_maps(pixels_of(32))
    assert tuple(maps[name].shape[-1] for name in ("inception3b", "inception4e", "inception5b")) == grids
    assert maps["logits"].shape == (1, 10)


def test_googlenets_paper_form_has_no_width():
    with pytest.raises(ValueError, match="form cifar"):
        GoogLeNet(width=0.5)


@pytest.mark.parametrize(
    ("architecture", "options", "classifiers"),
    [
        ("googlenet", {"form": "cifar", "width": 0.25, "num_classes": 10}, 3),
        ("googlenet", {"form": "cifar", "width": 0.25, "num_classes": 10, "has_auxiliary": False}, 1),
        ("inception_v3", {"num_classes": 10}, 2),
    ],
)
def test_auxiliary_classifiers_answer_in_training_alone(architecture, options, classifiers):
    network = build(architecture, **options)
    pixels = pixels_of(32 if architecture == "googlenet" else 299, 2)
    with torch.no_grad():
        trained = network.train()(pixels)
        tested = network.eval()(pixels)
    assert len(trained if isinstance(trained, tuple) else (trained,)) == classifiers
    assert tested.shape == (2, 10)
    without = {name: weight for name, weight in network.state_dict().items() if not name.lower().startswith("aux")}
    bare = build(architecture, **options | {"has_auxiliary": False}).eval()
    bare.load_state_dict(without)
    torch.testing.assert_close(bare(pixels), tested)


@pytest.mark.parametrize(
    ("architecture", "options", "size"),
    [
        ("alexnet", {"num_classes": 10}, 227),
        ("vgg16", {"num_classes": 10}, 32),  # which its adaptive pooling takes; 224 would cost 50 times as much
        ("googlenet", {"num_classes": 10}, 224),
        ("googlenet", {"num_classes": 10, "form": "cifar", "width": 0.5}, 32),
        ("inception_v3", {"num_classes": 10}, 299),
        ("resnet50", {"num_classes": 10}, 224),
        ("cifar_resnet", {"depth": 20}, 32),
        ("cifar_resnet", {"depth": 20, "is_residual": False}, 32),
        ("sigmoid_net", {"depth": 8}, 32),
        ("mlp", {"hidden": (77, 30), "dropout": 0.2}, 28),
        ("lenet5", {}, 28),
    ],
    ids=str,
)
def test_every_parameter_gets_a_gradient(architecture, options, size):
    torch.manual_seed(0)
    network = build(architecture, **options).train()
    logits = network(pixels_of(size, 2, channels=1 if size == 28 else 3))
    sum(one.square().sum() for one in (logits if isinstance(logits, tuple) else (logits,))).backward()
    without = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert without == []
    assert all(weight.grad.isfinite().all() for weight in network.parameters())


def test_the_mlp_sees_the_whole_digit():
    network = build("mlp", hidden=(20,))
    pixels = torch.randint(0, 256, (4, 28, 28, 1), dtype=torch.uint8)
    network(pixels).square().sum().backward()
    assert network.layers.fc1.weight.grad.abs().sum(0).gt(0).all()  # each of the 784 pixels


def standardised(pixels: torch.Tensor, network: nn.Module) -> torch.Tensor:
    return network.normalize(pixels)


def test_resnet50_is_torchvisions():
    torch.manual_seed(0)
    theirs = torchvision.models.resnet50().eval()
    ours = ResNet50().eval()
    missing, unexpected = ours.load_state_dict(theirs.state_dict(), strict=False)
    assert (sorted(missing), unexpected) == (["normalize.mean", "normalize.std"], [])
    pixels = pixels_of(64, 2)
    with torch.no_grad():
        torch.testing.assert_close(ours(pixels), theirs(standardised(pixels, ours)))


def test_inception_v3_is_torchvisions_but_for_what_its_average_pooling_counts(monkeypatch):
    torch.manual_seed(0)
    theirs = torchvision.models.inception_v3(init_weights=False).eval()
    ours = build("inception_v3").eval()
    state = {
        name if name.startswith(("AuxLogits", "fc")) else f"stages.{name}": weight
        for name, weight in theirs.state_dict().items()
    }
    missing, unexpected = ours.load_state_dict(state, strict=False)
    assert (sorted(missing), unexpected) == (["normalize.mean", "normalize.std"], [])
    pixels = pixels_of(299)
    with torch.no_grad():
        logits = ours(pixels)
        monkeypatch.setattr(functional, "avg_pool2d", partial(functional.avg_pool2d, count_include_pad=False))
        torch.testing.assert_close(logits, theirs(standardised(pixels, ours)))


@pytest.mark.parametrize("architecture", ["cifar_resnet", "sigmoid_net"])
@pytest.mark.parametrize("depth", [0, 7, 21, 57])
def test_a_depth_that_is_none_of_6n_and_2_is_refused(architecture, depth):
    with pytest.raises(ValueError, match=f"The depth is {depth}. Choose .*: 8, 14, 20"):
        build(architecture, depth=depth)


def test_a_sigmoid_net_has_the_plain_nets_convolutions_and_glorots_initialisation():
    torch.manual_seed(0)
    network, plain = build("sigmoid_net", depth=14), build("cifar_resnet", depth=14, is_residual=False)
    pairs = list(zip(network.convolutions(), plain.convolutions(), strict=True))
    assert [(a.weight.shape, a.stride) for a, _ in pairs] == [(b.weight.shape, b.stride) for _, b in pairs]
    assert not [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for layer in network.convolutions():
        # Glorot and Bengio 2010, equation 16; the fans count the window
        bound = (6 / (9 * (layer.in_channels + layer.out_channels))) ** 0.5
        assert 0.95 * bound < layer.weight.abs().max() <= bound
        assert not layer.bias.any()


def test_a_residual_block_with_dead_convolutions_passes_its_input_on_and_a_plain_one_does_not():
    for is_residual in (True, False):
        network = build("cifar_resnet", depth=8, is_residual=is_residual).eval()
        block = network.blocks[0]
        nn.init.zeros_(block.conv2.weight)
        x = torch.rand(1, 16, 8, 8)
        torch.testing.assert_close(block(x), x if is_residual else torch.zeros_like(x))
