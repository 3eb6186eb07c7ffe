import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fovea import ModelFileError, load
from fovea.fitting import fit, fit_to_spec

MODEL = Path(__file__).parents[2] / "models" / "chest_xray.onnx"


@pytest.fixture(scope="module")
def chest_spec():
    return load(MODEL).spec


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


def test_a_large_image_is_shown_at_the_detail_of_the_training_and_a_small_one_as_it_is(chest_spec):
    spec = dataclasses.replace(chest_spec, detail_px=64)
    generator = np.random.default_rng(0)
    large, small, wide = (
        Image.fromarray(generator.integers(0, 256, shape, dtype=np.uint8))
        for shape in ((500, 400), (64, 64), (60, 300))
    )
    reduced = large.resize((64, 64), Image.Resampling.BICUBIC)
    assert (fit_to_spec(large, spec) == fit(reduced, "stretch", spec.height, spec.width)).all()
    assert (fit_to_spec(large, spec) != fit(large, "stretch", spec.height, spec.width)).any()
    assert (fit_to_spec(small, spec) == fit(small, "stretch", spec.height, spec.width)).all()
    narrowed = wide.resize((64, 60), Image.Resampling.BICUBIC)
    assert (fit_to_spec(wide, spec) == fit(narrowed, "stretch", spec.height, spec.width)).all()


@pytest.mark.parametrize(("how", "detail_px"), [("crop", 64), ("mnist", 64), ("stretch", 0)])
def test_detail_goes_with_stretch_alone(chest_spec, how, detail_px):
    with pytest.raises(ModelFileError, match=f"detail_px is {detail_px} with the fit {how}"):
        dataclasses.replace(chest_spec, fit=how, detail_px=detail_px)
