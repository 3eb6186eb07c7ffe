"""What a compressed image announces in its own header: size and bits, nothing that would exhaust a decoder's memory."""

import struct
from typing import NamedTuple

from fovea.dicom.jpeg_markers import frame_header
from fovea.dicom.part10 import TransferSyntax
from fovea.errors import UnreadableImageError, UnsupportedDicomError

J2K_START = b"\xff\x4f\xff\x51"  # SOC and SIZ (ISO 15444-1 A.4.1, A.5.1)
START_OF_TILE, START_OF_DATA = b"\xff\x90", b"\xff\x93"  # SOT, SOD (A.4.2, A.4.3)
CODING_STYLES = (b"\xff\x52", b"\xff\x53")  # COD, COC
MAX_TILES = 4096
LEAST_PRECINCT = 4  # as a power of two
LEAST_CODE_BLOCK = 4  # likewise; encoders make code-blocks of 32 or 64 pixels a side
NO_J2K_HEADER = "The DICOM file is damaged: its JPEG 2000 codestream has no sound header."
JPEG_BITS = range(2, 17)


class Announced(NamedTuple):
    """`bits` of a sample, and whether it has a sign: None for JPEG and JPEG-LS, which leave that to the data set."""

    rows: int
    columns: int
    bits: int
    is_signed: bool | None


def announced(frame: bytes, syntax: TransferSyntax) -> Announced:
    """The header of one JPEG, JPEG-LS or JPEG 2000 image."""
    return _jpeg_2000(frame) if syntax.is_jpeg_2000 else _jpeg(frame)


def _jpeg_2000(frame: bytes) -> Announced:
    if not frame.startswith(J2K_START) or len(frame) < 45:
        raise UnreadableImageError(NO_J2K_HEADER)
    width, height, left, top, tile_width, tile_height = struct.unpack_from(">6I", frame, 8)
    _check_is_grey(struct.unpack_from(">H", frame, 40)[0])
    rows, columns = height - top, width - left
    if min(rows, columns, tile_width, tile_height) < 1 or frame[43:45] != b"\x01\x01":
        raise UnreadableImageError(NO_J2K_HEADER)
    if -(-rows // tile_height) * -(-columns // tile_width) > MAX_TILES:
        raise UnsupportedDicomError(f"The compressed image has more than {MAX_TILES:,} tiles; films have one or a few.")
    try:
        _check_precincts(frame)
    except (struct.error, IndexError):
        raise UnreadableImageError(NO_J2K_HEADER) from None
    # Ssiz (ISO 15444-1 A.5.1): bits less one, the sign above them
    return Announced(rows, columns, (frame[42] & 0x7F) + 1, bool(frame[42] & 0x80))


def _check_precincts(frame: bytes) -> None:
    """A decoder keeps half a kilobyte for each precinct or code-block, and a header can ask for tiny ones (A.6)."""
    place = _next_marker_after(frame, 2, stop=START_OF_TILE, is_main=True)
    while frame[place : place + 2] == START_OF_TILE:
        length = struct.unpack_from(">I", frame, place + 6)[0]  # of the tile part; 0 says up to the end (A.4.2)
        _next_marker_after(frame, place, stop=START_OF_DATA, is_main=False)
        if length < 14:
            return
        place += length


def _next_marker_after(frame: bytes, place: int, *, stop: bytes, is_main: bool) -> int:
    """The place of the marker `stop`; on the way every marker segment is looked at."""
    while (marker := frame[place : place + 2]) != stop:
        if len(marker) < 2 or marker[0] != 0xFF:
            raise IndexError("a marker is expected")
        length = struct.unpack_from(">H", frame, place + 2)[0]
        if marker in CODING_STYLES:
            _check_style(frame[place : place + 2 + length], marker, is_main=is_main)
        place += 2 + max(length, 2)
    return place


def _check_style(segment: bytes, marker: bytes, *, is_main: bool) -> None:
    has_own_precincts = segment[4] & 1 if marker == CODING_STYLES[0] else 1
    # A style for one component or one tile only is not what a grey film has; it is not worth a way around the bound.
    sizes = segment[14:]
    is_small = has_own_precincts and any(min(size & 15, size >> 4) < LEAST_PRECINCT for size in sizes)
    if is_small or not is_main or marker != CODING_STYLES[0]:
        raise UnsupportedDicomError(
            f"The compressed image has precincts of less than {1 << LEAST_PRECINCT} pixels, or coding styles of its "
            "tiles; films have neither."
        )
    if min(segment[10], segment[11]) + 2 < LEAST_CODE_BLOCK:  # xcb and ycb less two (table A.18)
        raise UnsupportedDicomError(
            f"The compressed image has code-blocks of less than {1 << LEAST_CODE_BLOCK} pixels; films have larger ones."
        )


def _jpeg(frame: bytes) -> Announced:
    header = frame_header(frame)
    _check_is_grey(header.components)
    if header.bits not in JPEG_BITS:
        raise UnreadableImageError(f"The DICOM file is damaged: its JPEG image has samples of {header.bits} bits.")
    return Announced(header.rows, header.columns, header.bits, None)


def _check_is_grey(components: int) -> None:
    if components != 1:
        raise UnsupportedDicomError(f"The compressed image has {components} components; grey films have 1.")
