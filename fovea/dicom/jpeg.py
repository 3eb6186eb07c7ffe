"""JPEG images, decoded by libjpeg, which makes up what is missing without a word: whole ones only.

The markers do not tell a whole image from one that was cut and closed again. The decoder does: behind the last pixel
of a whole image it reads nothing more, while in one that was cut it takes further data for the missing pixels. So the
image is decoded twice, the second time with more data before its end marker, and both results must be equal. What
this does not find is a piece lost from the middle where restart markers bring the decoder back to its place.
"""

import numpy as np
from libjpeg.utils import decode
from numpy.typing import NDArray

from fovea.errors import UnreadableImageError

END_OF_IMAGE = b"\xff\xd9"  # EOI (ISO 10918-1 B.1.1.3)
RESTARTS = range(0xD0, 0xD8)  # RST0 to RST7; within coded data no FF is followed by one of these (B.1.1.5)
# Arbitrary, without FF, and with no period that a picture could have.
FURTHER_DATA = bytes.fromhex("aa5c93e17b04d82fb6496e35c2f01d8aa7531ce94672bd0fd8639a25f48e17cb")


def decode_jpeg(frame: bytes) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Samples (rows, columns) as the image holds them. Raises UnreadableImageError where it breaks off."""
    closed = without_padding(frame)
    samples = decode(closed)
    if not np.array_equal(samples, decode(_with_further_data(closed))):
        raise cut_short()
    return samples


def without_padding(frame: bytes) -> bytes:
    """The image up to its end marker. Raises UnreadableImageError where it has none."""
    closed = frame.rstrip(b"\0\xff")  # writers pad with both
    if not closed.endswith(END_OF_IMAGE):
        raise UnreadableImageError("The DICOM file is damaged: its compressed image breaks off before its end marker.")
    return closed


def cut_short() -> UnreadableImageError:
    """The error for an image that is closed, but was cut before."""
    return UnreadableImageError("The DICOM file is damaged: pixels are missing before its compressed image ends.")


def _with_further_data(closed: bytes) -> bytes:
    """With the restart marker that would come next, since data alone are skipped where whole intervals are missing."""
    body = closed.removesuffix(END_OF_IMAGE).rstrip(b"\xff")
    last_place, last = max((body.rfind(bytes((0xFF, marker))), marker) for marker in RESTARTS)
    following = RESTARTS[0] if last_place < 0 else RESTARTS[(last - RESTARTS[0] + 1) % len(RESTARTS)]
    return body + FURTHER_DATA + bytes((0xFF, following)) + FURTHER_DATA + END_OF_IMAGE
