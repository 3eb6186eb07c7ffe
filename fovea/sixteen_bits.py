"""Samples of 12 and 16 bits, as 8."""

import numpy as np
from PIL import Image

from fovea.errors import UnsupportedFormatError

# A 16-bit picture below a quarter of white is 10, 12 or 14 bits in a 16-bit file: its own white is nowhere said.
LEAST_BRIGHTEST = 1 << 14
WHITE = {12: (1 << 12) - 1, 16: (1 << 16) - 1}
ROWS_AT_A_TIME = 64  # so that scaling takes little memory


def grey_in_eight(image: Image.Image, bits: int, *, is_inverted: bool) -> Image.Image:
    """Grey of so many bits over its full range, as PNG (section 12.4, sample depth scaling) and TIFF want it.

    One grey that the file calls transparent becomes so. `is_inverted` is for files whose 0 is white. Raises
    UnsupportedFormatError for 16 bits of which the two highest are never used.
    """
    samples, white = np.asarray(image), WHITE[bits]
    if samples.size:
        _check_range(int(samples.max()), bits)
    scaled = np.empty(samples.shape, np.uint8)
    for start in range(0, len(samples), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        scaled[rows] = (samples[rows].astype(np.uint32) * 255 + white // 2) // white
    if is_inverted:
        np.subtract(255, scaled, out=scaled)
    grey = Image.fromarray(scaled)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey.putalpha(Image.fromarray(np.where(samples == transparent, 0, 255).astype(np.uint8)))
    return grey


def check_colours(image: Image.Image) -> None:
    """As for grey, of an image whose samples had 16 bits, of which Pillow keeps the 8 highest."""
    bands = [band for band in image.getbands() if band != "A"]
    extrema = (image.getchannel(band).getextrema() for band in bands)
    brightest = max(int(high) for _, high in extrema if isinstance(high, int | float))
    _check_range(brightest << 8 | 0xFF, 16)


def _check_range(brightest: int, bits: int) -> None:
    if bits == 16 and brightest < LEAST_BRIGHTEST:
        raise UnsupportedFormatError(
            f"The image has 16 bits a sample but no value above {brightest:,} of 65,535. "
            "Scale it to the full range, or send a DICOM file."
        )
