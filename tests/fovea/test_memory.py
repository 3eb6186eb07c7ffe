"""Whatever a picture's header says within the limits of its size, reading it takes no more than a film is given."""

import io

import numpy as np
import pytest
from cost import cost_of
from PIL import Image

from fovea.size import memory_limit

WIDTH, HEIGHT = 2500, 1600
INTERPRETER_MB = 90  # and what it has imported
GREY = Image.fromarray(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8))
DEEP = Image.fromarray(np.random.default_rng(0).integers(0, 65536, (HEIGHT, WIDTH), dtype=np.uint16))
ALPHA = Image.merge("RGBA", [GREY] * 4)


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


KINDS = {
    "PNG with alpha": lambda: encoded(ALPHA, "PNG", compress_level=1),
    "PNG of 16 bits": lambda: encoded(DEEP, "PNG", compress_level=1),
    "PNG of a palette with transparency": lambda: encoded(GREY.convert("P"), "PNG", transparency=1, compress_level=1),
    "progressive JPEG in CMYK": lambda: encoded(Image.merge("CMYK", [GREY] * 4), "JPEG", progressive=True, quality=50),
    "WebP with alpha": lambda: encoded(Image.new("RGBA", (WIDTH, HEIGHT), (9, 9, 9, 99)), "WEBP", lossless=True),
    "TIFF with alpha": lambda: encoded(ALPHA, "TIFF", compression="tiff_adobe_deflate"),
    "TIFF of 16 bits": lambda: encoded(DEEP, "TIFF", compression="tiff_lzw"),
    "TIFF of fax": lambda: encoded(Image.new("1", (WIDTH, HEIGHT), 1), "TIFF", compression="group4"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_picture_of_the_largest_form_stays_within_its_memory(name):
    data = KINDS[name]()
    said, peak_mb, _ = cost_of(data)
    assert said == str((WIDTH, HEIGHT))
    assert peak_mb - INTERPRETER_MB < (memory_limit(WIDTH, HEIGHT) + len(data)) / 1e6
