"""The segments that a JPEG decoder needs, without those that describe the photo.

Pillow unfolds all EXIF data while it opens a file, and many small entries may share one large value.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from fovea.errors import UnreadableImageError, UnsupportedFormatError

# ISO 10918-1 table B.1
START_OF_IMAGE, START_OF_SCAN, APP0, APP1, APP14 = b"\xff\xd8", 0xDA, 0xE0, 0xE1, 0xEE
TABLES = {*range(0xC0, 0xC8), *range(0xC9, 0xD0), *range(START_OF_SCAN, APP0)}  # frame and scan headers too
DESCRIPTIONS = {*range(APP0, 0xF0), 0xFE}  # APPn, COM
COLOUR = ((APP0, b"JFIF\0"), (APP14, b"Adobe"))  # they say whether samples are YCbCr, RGB, CMYK or YCCK
EXIF, XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
# Bytes between segments and restarts are skipped, as by every decoder.
MARKER = re.compile(rb"\xff([^\0\xff\xd0-\xd7])", re.DOTALL)
MAX_SEGMENTS = 4096  # a depth map in XMP takes some hundreds, a colour profile up to 255
MAX_TABLES = 64  # a photo has under 20


class _Segment(NamedTuple):
    marker: int
    start: int
    content: int
    end: int


def without_descriptions(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The JPEG file without APPn and COM segments, and its first EXIF and XMP segments, named as in Pillow's `info`.

    Raises:
        UnsupportedFormatError: over 4096 segments before the first scan, or over 64 of tables.
        UnreadableImageError: no scan, or a segment that reaches beyond the end.
    """
    kept, place = [memoryview(START_OF_IMAGE)], 0
    info: dict[str, bytes] = {}
    for number, segment in enumerate(_segments(data)):
        if number == MAX_SEGMENTS or len(kept) > MAX_TABLES:
            raise UnsupportedFormatError(
                f"The JPEG file has over {MAX_SEGMENTS:,} segments, or over {MAX_TABLES} of tables; photos have fewer."
            )
        place = segment.end
        if _is_needed(data, segment):
            kept.append(memoryview(data)[segment.start : place])
        elif segment.marker == APP1 and data.startswith(EXIF, segment.content):
            info.setdefault("exif", data[segment.content : place])
        elif segment.marker == APP1 and data.startswith(XMP, segment.content):
            info.setdefault("xmp", data[segment.content + len(XMP) : place])
    return b"".join([*kept, memoryview(data)[place:]]), info


def _segments(data: bytes) -> Iterator[_Segment]:
    """From the start of the image up to the header of the first scan, which is the last."""
    marker, place = 0, len(START_OF_IMAGE)
    while marker != START_OF_SCAN:
        found = MARKER.search(data, place)
        if found is None:
            raise _damaged()
        marker, content = found[1][0], found.end() + 2
        length = int.from_bytes(data[found.end() : content])
        place = found.end() + length
        if marker not in TABLES | DESCRIPTIONS or length < 2 or place > len(data):
            raise _damaged()
        yield _Segment(marker, found.start(), content, place)


def _is_needed(data: bytes, segment: _Segment) -> bool:
    return segment.marker in TABLES or any(
        segment.marker == marker and data.startswith(name, segment.content) for marker, name in COLOUR
    )


def _damaged() -> UnreadableImageError:
    return UnreadableImageError("The JPEG file is damaged: its header cannot be read.")
