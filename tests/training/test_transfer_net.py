"""Backbones, the weights they take, and what a phase may move."""

from collections import OrderedDict

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from training.models.backbones import BackboneError, build_backbone, output_shape
from training.models.pretrained import load_stages, pretrained_backbone
from training.models.transfer_net import TransferNet
from training.models.vgg16 import VGG16


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_vgg16_has_the_papers_parameters_and_takes_torchvisions_state_as_it_is():
    network = VGG16()
    assert parameters(network) == 138_357_544
    state = torchvision.models.vgg16().state_dict()
    backbone = load_stages(build_backbone("vgg16"), state, source="state")
    network.load_state_dict(state)
    pixels = torch.randint(0, 256, (1, 224, 224, 3), dtype=torch.uint8)
    x = network.normalize(pixels)
    theirs = torchvision.models.vgg16().eval()
    theirs.load_state_dict(state)
    with torch.no_grad():
        torch.testing.assert_close(network.eval()(pixels), theirs(x))
        torch.testing.assert_close(nn.Sequential(backbone.stages)(x), theirs.features(x))


def test_inception_v3_takes_torchvisions_state_and_has_its_shapes():
    theirs = torchvision.models.inception_v3(weights=None, init_weights=False).eval()
    backbone = load_stages(build_backbone("inception_v3"), theirs.state_dict(), source="state")
    assert parameters(backbone.module) == 21_785_568  # of 23,834,568 without the auxiliary head, 2,049,000 are the fc's
    assert output_shape(nn.Sequential(backbone.stages), 299, 299) == (2048, 8, 8)
    assert output_shape(nn.Sequential(backbone.until("Mixed_6e").stages), 299, 299) == (768, 17, 17)


def test_inception_v3_differs_from_torchvision_only_where_the_average_meets_padding():
    theirs = torchvision.models.inception_v3(weights=None, init_weights=False).eval()
    stages = nn.Sequential(load_stages(build_backbone("inception_v3"), theirs.state_dict(), "state").stages).eval()
    for layer in stages.modules():
        if isinstance(layer, nn.AvgPool2d):
            layer.count_include_pad = True
    x = torch.randn(1, 3, 128, 128)
    named = OrderedDict(
        list(theirs.named_children())[:7] + [(n, m) for n, m in theirs.named_children() if "Mixed" in n]
    )
    with torch.no_grad():
        torch.testing.assert_close(stages(x), nn.Sequential(named)(x))


@pytest.mark.parametrize(("has_stem_norm", "shape"), [(True, (2048, 7, 7)), (False, (2048, 7, 7))])
def test_resnet50_v2_has_the_papers_shapes(has_stem_norm, shape):
    backbone = build_backbone("resnet50", has_stem_norm=has_stem_norm)
    assert output_shape(nn.Sequential(backbone.stages), 224, 224) == shape


def test_a_file_that_ends_early_gives_the_stages_it_fills(tmp_path):
    state = nn.Sequential(build_backbone("inception_v3").until("Mixed_5b").stages).state_dict()
    save_file({name: tensor.half() for name, tensor in state.items()}, tmp_path / "early.safetensors")
    backbone = pretrained_backbone("inception_v3", str(tmp_path / "early.safetensors"))
    assert next(reversed(backbone.stages)) == "Mixed_5b"
    weight = backbone.stages["Mixed_5b"].branch1x1.conv.weight
    torch.testing.assert_close(weight, state["Mixed_5b.branch1x1.conv.weight"].half().float())


def test_a_stage_filled_in_part_and_a_foreign_file_are_refused(tmp_path):
    state = nn.Sequential(build_backbone("inception_v3").until("Mixed_5b").stages).state_dict()
    del state["Mixed_5b.branch1x1.conv.weight"]
    save_file(state, tmp_path / "partial.safetensors")
    with pytest.raises(BackboneError, match=r"fills the stage Mixed_5b in part: Mixed_5b\.branch1x1\.conv\.weight"):
        pretrained_backbone("inception_v3", str(tmp_path / "partial.safetensors"))
    with pytest.raises(BackboneError, match="holds no weights of the stage block1"):
        pretrained_backbone("vgg16", str(tmp_path / "partial.safetensors"))


def test_unknown_names_are_refused_with_the_allowed_ones():
    with pytest.raises(BackboneError, match=r"The backbone is 'resnet51'. Choose vgg16"):
        pretrained_backbone("resnet51", "none")
    with pytest.raises(BackboneError, match=r"'Mixed_9z'. Choose Conv2d_1a_3x3"):
        build_backbone("inception_v3").until("Mixed_9z")
    with pytest.raises(FileNotFoundError, match="Choose hub, none or a file"):
        pretrained_backbone("vgg16", "no-such-file.pt")


@pytest.mark.parametrize("name", ["resnet18", "convnext_atto", "densenet121"])
def test_networks_of_timm_are_rows_of_stages(name):
    backbone = pretrained_backbone(name, "none")
    assert len(output_shape(nn.Sequential(backbone.stages), 64, 64)) == 3


def test_a_network_of_timm_that_is_no_row_of_stages_is_refused():
    with pytest.raises(BackboneError, match="'mobilenetv3_small_050' is not a row of stages"):
        pretrained_backbone("mobilenetv3_small_050", "none")


def test_a_transformer_is_refused():
    with pytest.raises(BackboneError, match="output has 3 axes"):
        TransferNet(pretrained_backbone("vit_tiny_patch16_224", "none"), num_classes=5, size=(224, 224))


def step(net, train_from):
    """One optimiser step on noise; the prefix, and every tensor before it."""
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    prefix, trainable = net.split(train_from)
    trainable.train()
    optimizer = torch.optim.AdamW([p for p in trainable.parameters() if p.requires_grad], lr=0.01)
    logits = trainable(prefix(torch.randint(0, 256, (8, 64, 64, 3), dtype=torch.uint8)))
    nn.functional.cross_entropy(logits, torch.arange(8) % 5).backward()
    optimizer.step()
    return before


@pytest.mark.parametrize("train_from", [None, "layer4", "layer3"])
def test_frozen_stages_and_all_batch_norms_stay_and_the_rest_moves(train_from):
    torch.manual_seed(0)
    net = TransferNet(build_backbone("resnet18"), num_classes=5, size=(64, 64), dropout=0.5)
    net.stages.requires_grad_(True)
    before = step(net, train_from)
    names = [name for name, _ in net.stages.named_children()]
    trained = names[names.index(train_from) :] if train_from else []
    for name, tensor in net.state_dict().items():
        stage = name.split(".")[1]
        moves = name.startswith("head.fc") or (stage in trained and ("conv" in name or "downsample.0" in name))
        assert torch.equal(tensor, before[name]) != moves, name


def test_the_two_parts_together_are_the_whole():
    net = TransferNet(build_backbone("resnet18"), num_classes=5, size=(64, 64), hidden=16).eval()
    pixels = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    for train_from in (None, "layer4", "conv1"):
        prefix, trainable = net.split(train_from)
        with torch.no_grad():
            torch.testing.assert_close(trainable.eval()(prefix(pixels)), net(pixels))
