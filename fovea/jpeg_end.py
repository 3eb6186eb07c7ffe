"""A JPEG image without its end marker, as interrupted copies leave it: sound if all its coded data are there."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from fovea.errors import UnreadableImageError
from fovea.jpeg_segments import END

# What decoders would read on if data were missing. They read nothing of it behind the last block of a complete image.
FILLINGS = (b"\0" * 4096, b"\xaa" * 4096)


def with_end(content: bytes) -> bytes:
    """`content` with an end marker. Raises UnreadableImageError where its pixels depend on what would follow."""
    data = content.rstrip(b"\xff")  # half a marker
    try:
        first, second = (_pixels(data + filling + END) for filling in FILLINGS)
        is_complete = np.array_equal(first, second)
    except (OSError, SyntaxError, ValueError):
        is_complete = False
    if not is_complete:
        raise UnreadableImageError("The image is truncated or damaged: its pixels cannot be decoded.")
    return data + END


def _pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(JpegImagePlugin.JpegImageFile(io.BytesIO(data), ""))
