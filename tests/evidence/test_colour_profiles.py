"""Photos in wider colour spaces: with their profile they are answered as in sRGB."""

import json

import numpy as np
from PIL import Image

from evidence.colour_profiles import Options, main, stored
from evidence.wide_gamut import ADOBE_RGB, DISPLAY_P3, SRGB, converted

PIXELS = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)


def test_a_stored_photo_comes_back_by_its_profile_alone():
    for space in (DISPLAY_P3, ADOBE_RGB):
        photo = Image.fromarray(PIXELS)
        back = np.asarray(stored(photo, space, has_profile=True)).astype(int)
        plain = np.asarray(stored(photo, space, has_profile=False)).astype(int)
        assert np.percentile(np.abs(back - PIXELS), 95) <= 2
        assert np.array_equal(plain, converted(PIXELS, SRGB, space))
        assert np.percentile(np.abs(plain - PIXELS), 75) > 10


def test_the_table_holds_every_form(small_flowers_dir, tmp_path):
    out = tmp_path / "colour.json"
    found = main(Options(data_dir=small_flowers_dir, out=out, limit=20))
    assert json.loads(out.read_text()) == found
    assert [row["form"] for row in found["rows"]][:2] == ["sRGB", "Display P3, converted by its profile"]
    first, by_profile, not_heeded = found["rows"][:3]
    assert (first["other class"], first["mean change"]) == (0, 0.0)
    assert by_profile["mean change"] < not_heeded["mean change"]
    assert f"| {100 * first['accuracy']:.2f} %" in out.with_suffix(".md").read_text().replace("sRGB | ", "| ", 1)
