"""RLE Lossless (PS3.5 annex G), decoded to a length known beforehand: damaged or hostile input cannot outgrow it."""

import struct
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from export.runtime.errors import UnreadableImageError

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
        segment = _unpacked(frame[start:stop], rows * columns)
        samples = samples << np.uint16(8) | np.frombuffer(segment, dtype=np.uint8)
    return samples.reshape(rows, columns)


def _unpacked(packed: bytes, length: int) -> bytearray:
    """The PackBits runs of one segment (G.3.2), which must fill `length` bytes."""
    out = bytearray()
    place = 0
    while len(out) < length:
        if place + 1 >= len(packed):
            raise UnreadableImageError("The DICOM file is truncated: an RLE segment ends too early.")
        count = packed[place]
        if count < 128:
            out += packed[place + 1 : place + 2 + count]
            place += 2 + count
        else:
            if count > 128:
                out += packed[place + 1 : place + 2] * (257 - count)
            place += 2 if count > 128 else 1
    if len(out) != length:
        raise UnreadableImageError("The DICOM file is damaged: an RLE segment does not end with the image.")
    return out
