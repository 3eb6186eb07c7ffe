import pytest
import torch

from training.augment import distort


def test_a_distortion_of_nothing_is_the_image_itself():
    pixels = torch.randint(0, 256, (4, 28, 28, 1), dtype=torch.uint8)
    still = distort(pixels, rotation_deg=0, scale=0, shear=0, shift_px=0, elastic_px=0)
    assert still.shape == pixels.shape
    assert torch.allclose(still, pixels.float(), atol=1e-2)


def test_each_image_of_a_batch_gets_its_own_draw_from_the_seed():
    pixels = torch.zeros(2, 28, 28, 1, dtype=torch.uint8)
    pixels[:, 8:20, 12:16] = 255
    torch.manual_seed(1)
    first = distort(pixels)
    torch.manual_seed(1)
    assert torch.equal(first, distort(pixels))
    assert not torch.equal(first[0], first[1])
    assert first.sum().item() == pytest.approx(pixels.sum().item(), rel=0.3)
