"""The markers of a JPEG or JPEG-LS image, all of them: one grey image is one frame in one scan, and nothing else.

A decoder follows every frame header that it meets, whatever the first one said. So no image is decoded before its
markers are walked up to the end.
"""

import re
import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fovea.errors import UnreadableImageError, UnsupportedDicomError

# ISO 10918-1 B.1.1.3, ISO 14495-1 C.1.1
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, APP11, JPEG_LS, LSE = 0xD8, 0xD9, 0xDA, 0xEB, 0xF7, 0xF8
READ_FRAMES = {0xC0, 0xC1, 0xC3, JPEG_LS}  # baseline, extended, lossless: one scan each (PS3.5 A.4.1, A.4.3)
# Frames that are progressive, hierarchical or arithmetic, and DHP and EXP of hierarchical ones.
OTHER_PROCESSES = {0xC2, *range(0xC5, 0xC8), *range(0xC9, 0xD0), 0xDE, 0xDF}
TABLES = {0xC4, 0xDB, 0xDD, *range(0xE0, 0xF0), LSE, 0xFE}  # DHT, DQT, DRI, APP, COM
MAX_SEGMENTS = 512  # a colour profile may take 255 (ICC.1 B.4), the rest a handful
OVERSIZE = 4  # parameters of JPEG-LS that replace the size (ISO 14495-1 C.2.4.1.4)
JPEG_XT = b"JP"  # boxes with further codestreams (ISO 18477-3 B.2)
MARKER = re.compile(rb"\xff++([^\xff])", re.DOTALL)  # with any number of fill bytes (B.1.1.2)
PADDING = b"\0\xff"  # writers put both behind the end
BLOCK = 1 << 20  # bytes searched together, so that the search takes little memory

_BYTES = np.arange(256)
# What makes of FF a marker that ends coded data: neither stuffed nor a restart (B.1.1.5).
ENDS_DATA = (_BYTES > 0) & (_BYTES < 0xFF) & ((_BYTES < 0xD0) | (_BYTES > 0xD7))
ENDS_JPEG_LS_DATA = ENDS_DATA & (_BYTES >= 0x80)  # JPEG-LS stuffs a bit (ISO 14495-1 A.1)


class FrameHeader(NamedTuple):
    bits: int
    rows: int
    columns: int
    components: int


class _Segment(NamedTuple):
    marker: int
    parameters: bytes
    end: int


def frame_header(image: bytes) -> FrameHeader:
    """What the one frame of `image` announces.

    Raises:
        UnsupportedDicomError: another process, more than one frame, scan or image, or too many segments.
        UnreadableImageError: a marker or a length is missing where the one before it ends.
    """
    header, ends_data, has_scan = None, ENDS_DATA, False
    segment = _segment(image, 0)
    if segment.marker != START_OF_IMAGE:
        raise _damaged()
    for _ in range(MAX_SEGMENTS):
        segment = _segment(image, segment.end)
        if segment.marker == END_OF_IMAGE:
            break
        if segment.marker in READ_FRAMES and header is None:
            header = _parsed(segment.parameters)
            ends_data = ENDS_JPEG_LS_DATA if segment.marker == JPEG_LS else ENDS_DATA
        elif segment.marker == START_OF_SCAN and header is not None and not has_scan:
            has_scan, segment = True, segment._replace(end=_end_of_data(image, segment.end, ends_data))
        else:
            _check_is_table(segment)
    else:
        raise UnsupportedDicomError(f"The compressed image has over {MAX_SEGMENTS} marker segments; films have a few.")
    if header is None or not has_scan:
        raise _damaged()
    if image[segment.end :].translate(None, delete=PADDING):
        raise UnsupportedDicomError("The compressed image has further data after its end marker; films end there.")
    return header


def _segment(image: bytes, place: int) -> _Segment:
    found = MARKER.match(image, place)
    if found is None:
        raise _damaged()
    marker, end = found[1][0], found.end()
    if marker in (START_OF_IMAGE, END_OF_IMAGE):
        return _Segment(marker, b"", end)
    length = int.from_bytes(image[end : end + 2])
    if length < 2 or end + length > len(image):
        raise _damaged()
    return _Segment(marker, image[end + 2 : end + length], end + length)


def _parsed(parameters: bytes) -> FrameHeader:
    try:
        return FrameHeader(*struct.unpack_from(">BHHB", parameters))
    except struct.error:
        raise _damaged() from None


def _end_of_data(image: bytes, place: int, ends_data: NDArray[np.bool_]) -> int:
    """The place of the marker that ends the coded data at `place`."""
    values = np.frombuffer(image, np.uint8)
    for start in range(place, len(image) - 1, BLOCK):
        block = values[start : start + BLOCK + 1]
        prefixes = np.flatnonzero(block[:-1] == 0xFF)
        ends = prefixes[ends_data[block[prefixes + 1]]]
        if ends.size:
            return start + int(ends[0])
    raise _damaged()


def _check_is_table(segment: _Segment) -> None:
    if segment.marker in OTHER_PROCESSES:
        raise UnsupportedDicomError(
            "The compressed image is a progressive, hierarchical or arithmetic JPEG; its transfer syntax "
            "stands for a sequential one with Huffman codes."
        )
    is_further_image = (segment.marker == APP11 and segment.parameters.startswith(JPEG_XT)) or (
        segment.marker == LSE and segment.parameters[:1] == bytes([OVERSIZE])
    )
    if segment.marker not in TABLES or is_further_image:
        raise UnsupportedDicomError(
            f"The compressed image has an unexpected marker, FF{segment.marker:02X}; a film is one frame in one scan."
        )


def _damaged() -> UnreadableImageError:
    return UnreadableImageError("The DICOM file is damaged: its JPEG image has no sound header or no end marker.")
