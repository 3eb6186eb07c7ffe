"""The feature map benchmark measures both a click and a phone's photo, and fails where either is too slow."""

import io
import re

from PIL import Image

from benchmarks.feature_maps import SHOWN, Options, photo
from fovea import decode
from space.feature_maps.examples import example_of


def test_its_limits_are_300_ms_for_an_example_and_a_second_for_a_photo():
    assert (Options().max_ms, Options().max_photo_ms) == (300, 1000)


def test_the_photo_has_12_megapixels_and_is_no_example():
    content = photo(SHOWN[0])
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("JPEG", (4000, 3000))
    assert len(content) > 2_000_000
    assert example_of(decode(content, channels=3)) is None


def test_a_page_slower_than_its_limits_fails_with_both_figures(run_module):
    result = run_module("benchmarks.feature_maps", "--rounds", 1, "--max-ms", 1, "--max-photo-ms", 2)
    assert result.returncode == 1
    medians = re.findall(r"from (?:click|choice) to paint: (\d+) ms", result.stdout)
    assert len(medians) == 2
    assert all(int(median) > 2 for median in medians)
    assert "from click to paint is above 1 ms." in result.stderr
    assert "from choice to paint is above 2 ms." in result.stderr
