import pytest
import torch
from torch.nn import functional

from training.augment import _bicubic, _largest_of_nine, crop_and_flip, cut_out, distort, vary_thickness


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


def test_some_drawings_are_drawn_thicker_and_as_many_thinner():
    pixels = torch.zeros(400, 28, 28, 1, dtype=torch.uint8)
    pixels[:, 8:20, 12:16] = 255
    torch.manual_seed(0)
    changed = vary_thickness(pixels, share=0.25)
    assert changed.shape == pixels.shape
    assert changed.min() >= 0
    assert changed.max() <= 255
    ink, before = changed.sum(dim=(1, 2, 3)), pixels[0].sum()
    assert (ink > 1.15 * before).float().mean().item() == pytest.approx(0.25, abs=0.06)
    assert (ink < 0.85 * before).float().mean().item() == pytest.approx(0.25, abs=0.06)


def test_the_elastic_field_is_the_bicubic_one_of_torch():
    coarse = torch.randn(3, 2, 4, 4)
    field = functional.interpolate(coarse, size=(28, 20), mode="bicubic", align_corners=True)
    assert torch.allclose(_bicubic(28) @ coarse @ _bicubic(20).T, field, atol=1e-5)


def test_the_largest_of_nine_is_that_of_max_pooling():
    x = torch.randn(2, 1, 7, 5)
    assert torch.equal(_largest_of_nine(x), functional.max_pool2d(x, 3, 1, 1))


def numbered(n=64, height=8, width=6):
    """Images whose every pixel is another number: row in the first channel, column in the second."""
    rows = torch.arange(height, dtype=torch.uint8).view(1, height, 1).expand(n, height, width)
    columns = torch.arange(width, dtype=torch.uint8).view(1, 1, width).expand(n, height, width)
    return torch.stack([rows, columns, torch.zeros_like(rows)], dim=3)


def test_objects_are_shifted_mirrored_and_never_mixed():
    torch.manual_seed(0)
    pixels = numbered()
    changed = crop_and_flip(pixels, padding_px=2)
    assert changed.shape == pixels.shape
    assert changed.dtype == torch.uint8
    rows, columns = changed[..., 0], changed[..., 1]
    assert (rows == rows[:, :, :1]).all()  # a row stays a row
    assert (columns == columns[:, :1]).all()
    shifts = {int(image[3]) - 3 for image in rows[:, :, 0]}
    assert shifts == {-2, -1, 0, 1, 2}
    steps = columns[:, 0, 3].int() - columns[:, 0, 2].int()
    assert set(steps.tolist()) == {-1, 1}  # mirrored and not
    assert 20 < int((steps == -1).sum()) < 44


def test_what_comes_in_at_the_edge_is_the_image_mirrored():
    torch.manual_seed(0)
    rows = crop_and_flip(numbered(), padding_px=2)[:, :, 0, 0].tolist()
    assert [2, 1, 0, 1, 2, 3, 4, 5] in rows
    assert [2, 3, 4, 5, 6, 7, 6, 5] in rows


def test_no_shift_still_mirrors():
    torch.manual_seed(0)
    pixels = numbered()
    changed = crop_and_flip(pixels, padding_px=0)
    same = [torch.equal(a, b) for a, b in zip(changed, pixels, strict=True)]
    mirrored = [torch.equal(a, b.flip(1)) for a, b in zip(changed, pixels, strict=True)]
    assert all(one or other for one, other in zip(same, mirrored, strict=True))
    assert any(same)
    assert any(mirrored)


def test_a_square_of_each_image_is_made_grey_and_nothing_else_changes():
    torch.manual_seed(0)
    pixels = torch.randint(0, 100, (200, 32, 32, 3), dtype=torch.uint8)
    changed = cut_out(pixels, side_px=8)
    assert changed.dtype == torch.uint8
    is_cut = (changed == 127).all(dim=3)
    assert torch.equal(torch.where(is_cut.unsqueeze(3), pixels, changed), pixels)
    areas = is_cut.sum(dim=(1, 2))
    assert areas.max() == 64
    assert areas.min() >= 16  # a quarter, in a corner
    assert (is_cut.any(dim=2).sum(dim=1) * is_cut.any(dim=1).sum(dim=1) == areas).all()
    assert len({tuple(mask.nonzero()[0].tolist()) for mask in is_cut}) > 50
