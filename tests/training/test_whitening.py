import torch
from torch import nn

from training.models import build
from training.models.whitening import FILTERS, whiten, whitening_layer
from training.recipes.objects import whiten_stem


def coloured(n=64, size=16):
    """Smooth noise whose three colours go together, as those of photos do."""
    torch.manual_seed(0)
    grey = nn.functional.interpolate(torch.randn(n, 1, size // 4, size // 4), size=(size, size), mode="bilinear")
    return grey + 0.2 * torch.randn(n, 3, size, size)


def test_whitened_patches_have_equal_variance_in_every_direction_and_none_goes_with_another():
    images, layer = coloured(), whitening_layer(stride=1)
    whiten(layer, images)
    with torch.no_grad():
        inner = layer(images)[:, : FILTERS // 2, 1:-1, 1:-1]  # the padding is no part of the images
    covariance = torch.cov(inner.transpose(0, 1).reshape(FILTERS // 2, -1))
    torch.testing.assert_close(covariance, torch.eye(FILTERS // 2), atol=0.05, rtol=0)


def test_each_direction_is_there_with_both_signs():
    layer = whitening_layer(stride=2)
    whiten(layer, coloured())
    first, second = layer.weight.chunk(2)
    assert torch.equal(first, -second)
    assert not layer.weight.requires_grad


def test_googlenets_stem_is_set_from_images_and_stays_as_it_is_in_training():
    torch.manual_seed(0)
    network = build("googlenet", form="cifar", num_classes=10, width=0.125, stem_stride=2, whitening=True)
    pixels = torch.randint(0, 256, (16, 32, 32, 3), dtype=torch.uint8)
    random = network.stem.white.weight.clone()
    whiten_stem(network, pixels)
    before = network.stem.white.weight.clone()
    assert not torch.equal(before, random)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, weight_decay=0.1)
    network(pixels)[0].sum().backward()
    optimizer.step()
    assert torch.equal(network.stem.white.weight, before)
    assert network.stem.white.bias.abs().max() > 0
