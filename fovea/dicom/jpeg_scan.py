"""A film's JPEG image as decoders take it: its scan header as the process determines it, and nothing behind its data.

Writers leave values of other processes there. Where the process has one choice it is made, as other readers do.
"""

import struct
from typing import NamedTuple

from fovea.dicom.jpeg_markers import LOSSLESS, SEQUENTIAL, FilmJpeg
from fovea.errors import UnreadableImageError, UnsupportedCompressionError
from fovea.jpeg_markers import END_OF_IMAGE, JPEG_LS

COMPONENT = 6  # the place of its identifier in the frame header (ISO 10918-1 B.2.2)
LAST_COEFFICIENT = 63
PREDICTORS = range(1, 8)  # table H.1
LEAST_BITS = 2


class PlainJpeg(NamedTuple):
    """`image` codes samples without their lowest `point_transform` bits. `near` is the error that JPEG-LS allows."""

    image: bytes
    point_transform: int
    near: int


def plain_jpeg(image: bytes, film: FilmJpeg, *, is_first_order: bool) -> PlainJpeg:
    """The image of one component that `film` describes; its syntax says whether its predictor is the first.

    A point transform is a lossless image of fewer bits, whose first prediction is half of their range (ISO 10918-1
    H.1.2.1). Decoders take half the range of all bits, so the image is decoded as what it is.

    Raises:
        UnsupportedCompressionError: a point transform in JPEG-LS.
        UnreadableImageError: a scan header of another length, or a predictor that does not exist.
    """
    try:
        components, _, tables, first, last, bits = struct.unpack(">6B", image[film.scan.content : film.scan.end])
    except struct.error:
        components = tables = first = last = bits = 0
    if components != 1:
        raise UnreadableImageError("The DICOM file is damaged: the scan header of its JPEG image is invalid.")
    near, point_transform, precision = 0, 0, film.header.bits
    if film.process in SEQUENTIAL:
        first, last = 0, LAST_COEFFICIENT
    elif film.process == LOSSLESS:
        first, last, tables = _predictor(first, is_first_order), 0, tables & 0xF0
        point_transform = bits & 15
        precision -= point_transform
    elif film.process == JPEG_LS:
        near, last = first, 0
        if bits & 15:
            raise UnsupportedCompressionError(
                "The compressed image is JPEG-LS with a point transform. Send the film uncompressed."
            )
    if precision < LEAST_BITS:
        raise UnreadableImageError("The DICOM file is damaged: its JPEG image has no bits behind its point transform.")
    plain = bytearray(image[: film.data_end])
    plain[film.frame.content] = precision
    component = plain[film.frame.content + COMPONENT]
    plain[film.scan.content : film.scan.end] = bytes((1, component, tables, first, last, 0))
    return PlainJpeg(bytes(plain) + bytes((0xFF, END_OF_IMAGE)), point_transform, near)


def _predictor(selected: int, is_first_order: bool) -> int:
    if selected in PREDICTORS:
        return selected
    if selected == 0 and is_first_order:  # 0 is for differences of hierarchical images alone (table H.1)
        return 1
    raise UnreadableImageError("The DICOM file is damaged: the predictor of its lossless JPEG image does not exist.")
