"""Heatmaps from the graph's closed form against the grad-cam package, on 50 real photos."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from export.cam import class_activation_maps
from training.data.spread import spread
from training.models.backbones import build_backbone
from training.models.transfer_net import TransferNet
from training.views import PhotoViews

SIZE = 96


@pytest.fixture(scope="module")
def pixels(small_flowers):
    views = PhotoViews(SIZE, SIZE)
    test = spread(small_flowers.test, 50)
    return torch.stack([views.render(test.photo(i), test.digests[i], 0) for i in range(len(test))])


@pytest.mark.parametrize(("form", "hidden"), [("pooled", 0), ("pooled", 32), ("flat", 16), ("flat", 0)])
def test_every_class_has_the_heatmap_of_the_grad_cam_package(pixels, form, hidden):
    torch.manual_seed(1)
    backbone = build_backbone("test_resnet")
    net = TransferNet(backbone, num_classes=5, size=(SIZE, SIZE), head=form, hidden=hidden).eval()
    with torch.no_grad():
        maps = net.maps(pixels)
        ours = class_activation_maps(net.head, maps, net.head.embed(maps)).numpy()
    assert ours.shape == (50, 5, 3, 3)
    assert ours.min() >= 0
    assert ours.max() <= 1
    x = net.normalize(pixels).requires_grad_()
    net.normalize = torch.nn.Identity()  # the package reads the image's size off a float tensor (N, C, H, W)
    with GradCAM(model=net, target_layers=[net.stages[-1]]) as cam:
        for k in range(5):
            theirs = cam(input_tensor=x, targets=[ClassifierOutputTarget(k)] * len(x))
            enlarged = scale_cam_image(scale_cam_image(ours[:, k]), (SIZE, SIZE))
            enlarged = scale_cam_image(enlarged)
            assert np.abs(theirs - enlarged).max() < 1e-4
            assert [np.argmax(heat) for heat in theirs] == [np.argmax(heat) for heat in enlarged]
