import numpy as np
import pytest
from PIL import Image

from export.runtime.fitting import fit


@pytest.fixture
def halves():
    """400 x 100: outer quarters black, middle half white."""
    pixels = np.zeros((100, 400), dtype=np.uint8)
    pixels[:, 100:300] = 255
    return Image.fromarray(pixels)


def test_stretch_squeezes_the_whole_image_in(halves):
    pixels = fit(halves, "stretch", 40, 40)
    assert pixels.shape == (40, 40, 1)
    assert pixels[20, [2, 20, 37], 0].tolist() == [0, 255, 0]


def test_crop_keeps_the_aspect_and_the_centre(halves):
    assert fit(halves, "crop", 40, 40).min() == 255


def test_colour_keeps_three_channels():
    pixels = fit(Image.new("RGB", (30, 20), (1, 2, 3)), "crop", 8, 6)
    assert pixels.shape == (8, 6, 3)
    assert pixels[4, 4].tolist() == [1, 2, 3]
