"""RLE Lossless (PS3.5 annex G), decoded to a length known beforehand: damaged or hostile input cannot outgrow it."""

import struct
from bisect import bisect_left
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea.errors import UnreadableImageError

MAX_PADDING_BYTES = 64  # behind a segment; the standard needs one
HEADER_BYTES = 64  # number of segments, then fifteen offsets (G.5)


def decode_rle(frame: bytes, rows: int, columns: int, sample_bytes: int) -> NDArray[np.uint16]:
    """Unsigned samples (rows, columns); one segment a byte of the sample, the high byte first (G.2)."""
    offsets = struct.unpack_from("<16L", frame) if len(frame) >= HEADER_BYTES else (0,)
    if offsets[0] != sample_bytes:
        raise UnreadableImageError(
            f"The DICOM file is damaged: its RLE header announces no {sample_bytes}-byte samples."
        )
    bounds = (*offsets[1 : 1 + sample_bytes], len(frame))
    samples = np.zeros(rows * columns, dtype=np.uint16)
    for start, stop in pairwise(bounds):
        samples <<= np.uint16(8)
        samples |= _unpacked(memoryview(frame)[start:stop], rows * columns)
    return samples.reshape(rows, columns)


def _unpacked(packed: memoryview, length: int) -> NDArray[np.uint8]:
    """The PackBits runs of one segment (G.3.2), which must fill `length` bytes and end there; some zeros may follow.

    By Pillow, as an image of one line: it lets other threads run meanwhile, and takes tenths of a second where a loop
    in Python takes seconds for a segment of one-byte runs. It drops what is too much, hence the second look.
    """
    values = _filled(packed, length)
    if values is None:
        raise UnreadableImageError("The DICOM file is truncated: an RLE segment ends too early.")
    if _filled(packed, length + 1) is not None:
        end = bytes(packed[-MAX_PADDING_BYTES:])
        padding = len(end) - len(end.rstrip(b"\0"))
        sizes = range(len(packed) - padding, len(packed) + 1)
        needed = sizes[bisect_left(sizes, True, key=lambda size: _filled(packed[:size], length) is not None)]
        if _filled(packed[:needed], length + 1) is not None:
            raise UnreadableImageError("The DICOM file is damaged: an RLE segment does not end with the image.")
    return values


def _filled(packed: memoryview, length: int) -> NDArray[np.uint8] | None:
    """The first `length` bytes that `packed` unfolds to; None where there are less."""
    try:
        return np.asarray(Image.frombytes("L", (length, 1), packed, "packbits", "L")).reshape(-1)
    except ValueError:
        return None
