"""The markers of a JPEG or JPEG-LS image up to its end, past the coded data between them.

A decoder follows every header that it meets, whatever the first one said. So no image is decoded before its markers are
walked. What may stand among them is for the caller to say: a film allows less than a photo.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

# ISO 10918-1 table B.1, ISO 14495-1 C.1.1
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, JPEG_LS = 0xD8, 0xD9, 0xDA, 0xF7
FRAMES = {*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), JPEG_LS}  # SOF
HIERARCHICAL = {0xDE, 0xDF}  # DHP, EXP
WITHOUT_PARAMETERS = {0x01, *range(0xD0, 0xDA)}  # TEM, RST, SOI, EOI

NEXT_MARKER = re.compile(rb"\xff++([^\xff])", re.DOTALL)  # with any number of fill bytes (B.1.1.2)
# As libjpeg looks for it: whatever else stands there is skipped, restarts too.
MARKER_SOMEWHERE = re.compile(rb"\xff([^\0\xff\xd0-\xd7])", re.DOTALL)
# Bytes searched together: few at first, since a scan may be short, and never so many that the search takes memory.
FIRST_BLOCK, LAST_BLOCK = 1 << 12, 1 << 20

_BYTES = np.arange(256)
# What makes of FF a marker that ends coded data: neither stuffed nor a restart (B.1.1.5).
ENDS_DATA = (_BYTES > 0) & (_BYTES < 0xFF) & ((_BYTES < 0xD0) | (_BYTES > 0xD7))
ENDS_JPEG_LS_DATA = ENDS_DATA & (_BYTES >= 0x80)  # JPEG-LS stuffs a bit (ISO 14495-1 A.1)


class BrokenMarkersError(Exception):
    """No marker stands where one must be, or a segment reaches beyond the end."""


class Segment(NamedTuple):
    """`start` is the place of its marker, `content` that of its parameters, `end` the place behind them."""

    marker: int
    start: int
    content: int
    end: int


class FrameHeader(NamedTuple):
    bits: int
    rows: int
    columns: int
    components: int

    @classmethod
    def of(cls, image: bytes, segment: Segment) -> Self:
        """Raises BrokenMarkersError where the segment is too short."""
        try:
            return cls(*struct.unpack_from(">BHHB", image[segment.content : segment.end]))
        except struct.error:
            raise BrokenMarkersError from None


def segments(image: bytes, *, skips_other_bytes: bool) -> Iterator[Segment]:
    """Every segment behind the start of the image up to its end marker, which is the last.

    Coded data count to no segment. An image that breaks off in them has no end marker. `skips_other_bytes` lets bytes
    between segments pass, as decoders of photos do. Raises BrokenMarkersError.
    """
    if not image.startswith(bytes((0xFF, START_OF_IMAGE))):
        raise BrokenMarkersError
    place, ends_data = 2, ENDS_DATA
    while True:
        segment = _segment(image, place, skips_other_bytes)
        yield segment
        if segment.marker == END_OF_IMAGE:
            return
        if segment.marker == JPEG_LS:
            ends_data = ENDS_JPEG_LS_DATA
        place = segment.end
        if segment.marker == START_OF_SCAN:
            found = _end_of_data(image, place, ends_data)
            if found is None:
                return
            place = found


def _segment(image: bytes, place: int, skips_other_bytes: bool) -> Segment:
    found = MARKER_SOMEWHERE.search(image, place) if skips_other_bytes else NEXT_MARKER.match(image, place)
    if found is None:
        raise BrokenMarkersError
    marker, end = found[1][0], found.end()
    if marker in WITHOUT_PARAMETERS:
        return Segment(marker, found.start(), end, end)
    length = int.from_bytes(image[end : end + 2])
    if length < 2 or end + length > len(image):
        raise BrokenMarkersError
    return Segment(marker, found.start(), end + 2, end + length)


def _end_of_data(image: bytes, place: int, ends_data: NDArray[np.bool_]) -> int | None:
    """The place of the marker that ends the coded data at `place`."""
    values = np.frombuffer(image, np.uint8)
    length = FIRST_BLOCK
    while place < len(image) - 1:
        block = values[place : place + length + 1]
        prefixes = np.flatnonzero(block[:-1] == 0xFF)
        ends = prefixes[ends_data[block[prefixes + 1]]]
        if ends.size:
            return place + int(ends[0])
        place += length
        length = min(4 * length, LAST_BLOCK)
    return None
