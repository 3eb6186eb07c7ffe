"""JPEG-LS images, decoded by CharLS, several times as fast as libjpeg: whole ones only.

CharLS refuses an image that breaks off, but takes bits that are missing from its very last code for zeros. So the image
is decoded twice, the second time with a one behind its last bit. In a whole image nothing may follow, so the second
must fail.
"""

import numpy as np
from jpeg_ls.CharLS import decode_buffer
from numpy.typing import NDArray

from fovea.dicom.jpeg import END_OF_IMAGE, cut_short, without_padding

A_ONE, A_ONE_BEHIND_FF = b"\x80", b"\x40"  # a bit is stuffed behind FF (ISO 14495-1 A.1)


def decode_jpeg_ls(frame: bytes) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Samples (rows, columns) as the image holds them. Raises UnreadableImageError where it breaks off."""
    closed = without_padding(frame)
    samples, header = decode_buffer(closed)
    body = closed.removesuffix(END_OF_IMAGE)
    further = A_ONE_BEHIND_FF if body.endswith(b"\xff") else A_ONE
    try:
        decode_buffer(body + further + END_OF_IMAGE)
    except RuntimeError:  # too much data
        shape = header["height"], header["width"]
        if header["bits_per_sample"] <= 8:
            return np.frombuffer(samples, np.uint8).reshape(shape)
        return np.frombuffer(samples, np.uint16).reshape(shape)
    raise cut_short()
