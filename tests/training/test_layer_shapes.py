"""Every layer's window and output, in the order of use, against the tables of the papers.

Nothing is computed: on the device `meta` tensors have shapes alone, so that even VGG16 costs neither time nor memory.
"""

import pytest
import torch
from torch import nn

from training.models import build


def rows(architecture, kinds, size, channels=3, **options):
    """(name, kernel size, output channels, output side) of each layer of `kinds`.

    For dense layers the last two are the units and 1.
    """
    found = []

    def note(name, layer, out):
        side = out.shape[-1] if out.ndim == 4 else 1
        found.append((name, getattr(layer, "kernel_size", 0), out.shape[1], side))

    with torch.device("meta"):
        network = build(architecture, **options).eval()
        for name, layer in network.named_modules():
            if isinstance(layer, kinds):
                layer.register_forward_hook(lambda layer, _x, out, name=name: note(name, layer, out))
        network(torch.empty(1, size, size, channels, dtype=torch.uint8))
    return found


def test_vgg16_has_the_layers_of_column_d_of_table_1():
    layers = rows("vgg16", nn.Conv2d | nn.MaxPool2d | nn.Linear, 224)
    blocks = [(64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)]
    expected, side = [], 224
    for block in blocks:
        expected += [((3, 3), width, side) for width in block]
        side //= 2
        expected.append((2, block[-1], side))
    expected += [(0, 4096, 1), (0, 4096, 1), (0, 1000, 1)]
    assert [row for _, *row in layers] == [list(row) for row in expected]
    assert side == 7


@pytest.mark.parametrize(
    ("options", "counts"), [({}, (3, 4, 6, 3)), ({"blocks": (3, 8, 36, 3)}, (3, 8, 36, 3))], ids=["50", "152"]
)
def test_resnets_have_the_layers_of_table_1(options, counts):
    layers = rows("resnet50", nn.Conv2d | nn.MaxPool2d | nn.Linear, 224, **options)
    shortcuts = [row for row in layers if "downsample" in row[0]]
    expected = [((7, 7), 64, 112), (3, 64, 56)]
    before = 56
    for width, side, count in zip((64, 128, 256, 512), (56, 28, 14, 7), counts, strict=True):
        for _ in range(count):
            # the paper halves the grid in the first 1 x 1 of a stage; here, as in torchvision, the 3 x 3 behind it does
            expected += [((1, 1), width, before), ((3, 3), width, side), ((1, 1), 4 * width, side)]
            before = side
    expected.append((0, 1000, 1))
    assert [tuple(row[1:]) for row in layers if row not in shortcuts] == expected
    assert [tuple(row[1:]) for row in shortcuts] == [
        ((1, 1), 256, 56),
        ((1, 1), 512, 28),
        ((1, 1), 1024, 14),
        ((1, 1), 2048, 7),
    ]


@pytest.mark.parametrize("is_residual", [True, False], ids=["residual", "plain"])
@pytest.mark.parametrize("depth", [20, 56, 110])
def test_cifar_nets_have_the_layers_of_section_4_2(depth, is_residual):
    layers = rows("cifar_resnet", nn.Conv2d | nn.Linear, 32, depth=depth, is_residual=is_residual)
    n = (depth - 2) // 6
    # output map size 32, 16, 8; 1 + 2n, 2n, 2n layers; 16, 32, 64 filters; then global average pooling and 10 units
    expected = [((3, 3), 16, 32)] * (1 + 2 * n) + [((3, 3), 32, 16)] * (2 * n) + [((3, 3), 64, 8)] * (2 * n)
    assert [tuple(row[1:]) for row in layers] == [*expected, (0, 10, 1)]
    assert len(layers) == depth


# Szegedy et al. 2015, table 1: the input of each row. Its fifth and sixth rows are 3 x 3 convolutions that give
# 71 x 71 x 80 and 35 x 35 x 192; the network that was published, and torchvision has, is 1 x 1, 3 x 3, pooling there.
INCEPTION_V3 = [
    ("Conv2d_1a_3x3", 3, 299),
    ("Conv2d_2a_3x3", 32, 149),
    ("Conv2d_2b_3x3", 32, 147),
    ("maxpool1", 64, 147),
    ("Conv2d_3b_1x1", 64, 73),
    ("Conv2d_4a_3x3", 80, 73),
    ("maxpool2", 192, 71),
    ("Mixed_5b", 192, 35),
    ("Mixed_5c", 256, 35),
    ("Mixed_5d", 288, 35),  # the table's 3 x Inception, figure 5: 35 x 35 x 288
    ("Mixed_6a", 288, 35),
    ("Mixed_6b", 768, 17),  # 5 x Inception, figure 6, of which the first is figure 10: 17 x 17 x 768
    ("Mixed_6c", 768, 17),
    ("Mixed_6d", 768, 17),
    ("Mixed_6e", 768, 17),
    ("Mixed_7a", 768, 17),
    ("Mixed_7b", 1280, 8),  # 2 x Inception, figure 7: 8 x 8 x 1280
    ("Mixed_7c", 2048, 8),
    ("pool", 2048, 8),
]


def test_inception_v3s_stages_take_what_table_1_says():
    found = []
    with torch.device("meta"):
        network = build("inception_v3").eval()
        for name, stage in network.stages.named_children():
            stage.register_forward_pre_hook(lambda _stage, x, name=name: found.append((name, *x[0].shape[1:])))
        network.stages.Mixed_7c.register_forward_hook(lambda _stage, _x, out: found.append(("pool", *out.shape[1:])))
        network.fc.register_forward_pre_hook(lambda _layer, x: found.append(("linear", *x[0].shape[1:])))
        logits = network(torch.empty(1, 299, 299, 3, dtype=torch.uint8))
    assert found == [*((name, channels, side, side) for name, channels, side in INCEPTION_V3), ("linear", 2048)]
    assert logits.shape == (1, 1000)


# figures 5, 6, 7 and 10 draw the branches; the widths are those of the published network
INCEPTION_V3_BRANCHES = {
    "Mixed_5b": {"branch1x1": 64, "branch5x5_2": 64, "branch3x3dbl_3": 96, "branch_pool": 32},
    "Mixed_5d": {"branch1x1": 64, "branch5x5_2": 64, "branch3x3dbl_3": 96, "branch_pool": 64},
    "Mixed_6a": {"branch3x3": 384, "branch3x3dbl_3": 96},
    "Mixed_6b": {"branch1x1": 192, "branch7x7_3": 192, "branch7x7dbl_5": 192, "branch_pool": 192},
    "Mixed_7a": {"branch3x3_2": 320, "branch7x7x3_4": 192},
    "Mixed_7b": {
        **{"branch1x1": 320, "branch3x3_2a": 384, "branch3x3_2b": 384},
        **{"branch3x3dbl_3a": 384, "branch3x3dbl_3b": 384, "branch_pool": 192},
    },
}


@pytest.mark.parametrize("stage", INCEPTION_V3_BRANCHES)
def test_inception_v3s_branches_end_on_one_grid_and_make_up_their_stage(stage):
    widths = {f"stages.{stage}.{branch}.conv": width for branch, width in INCEPTION_V3_BRANCHES[stage].items()}
    layers = {name: (width, side) for name, _, width, side in rows("inception_v3", nn.Conv2d, 299)}
    assert {name: layers[name][0] for name in widths} == widths
    assert len({layers[name][1] for name in widths}) == 1
    inputs = {name: (channels, side) for name, channels, side in INCEPTION_V3}
    names = list(inputs)
    channels, side = inputs[names[names.index(stage) + 1]]
    pooled = inputs[stage][0] if stage in ("Mixed_6a", "Mixed_7a") else 0  # a pooling beside them keeps all its maps
    assert sum(widths.values()) + pooled == channels
    assert {layers[name][1] for name in widths} == {side}


def test_the_mlp_has_one_hidden_layer_of_77_units():
    assert [row[2] for row in rows("mlp", nn.Linear, 28, channels=1)] == [77, 10]
