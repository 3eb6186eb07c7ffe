"""The header of a JPEG 2000 image (ISO 15444-1 annex A), walked up to its last tile part before it is decoded.

A decoder keeps a structure for each tile, precinct, code-block and packet, and a header of a few bytes can ask for
millions of them.
"""

import struct
from collections.abc import Generator
from typing import NamedTuple

from fovea.dicom.jpeg_2000_memory import CodingStyle, Grid, decoding_bytes
from fovea.errors import UnreadableImageError, UnsupportedCompressionError, UnsupportedDicomError
from fovea.size import check_size, memory_limit

# Tables A.2 to A.4: delimiters, and the segments of the main header and of tile parts that are read
SOC, SOT, SOD, EOC, SIZ, COD, COC = 0xFF4F, 0xFF90, 0xFF93, 0xFFD9, 0xFF51, 0xFF52, 0xFF53
COM = 0xFF64
CAP, CPF = 0xFF50, 0xFF59  # of the high-throughput form (ISO 15444-15 annex A)
PLAIN = {0xFF5C, 0xFF5D, 0xFF5E, COM}  # QCD, QCC, RGN
MAIN = PLAIN | {CAP, CPF, 0xFF55, 0xFF57, 0xFF63}  # TLM, PLM, CRG
TILE_PART = PLAIN | {SOT, 0xFF58}  # PLT
START = b"\xff\x4f\xff\x51"  # SOC and SIZ
PADDING = b"\0\xff "  # writers put each of them behind the end
MAX_TILES = 4096
MAX_SEGMENTS = 16_384  # of all headers; a film has a handful, and one or a few for each tile part
MAX_PACKETS = 1 << 20  # of one tile; a decoder visits each, whether it holds anything or not
MAX_LEVELS = 32  # table A.15
LEAST_PRECINCT = 4  # as a power of two
LEAST_CODE_BLOCK = 4  # likewise; encoders make code-blocks of 32 or 64 pixels a side
TERMINATES_PASSES, MIXES_CODERS = 4, 0x80  # code-block styles (table A.19; ISO 15444-15 table A.4)
MAX_CODE_BLOCK, MAX_CODE_BLOCK_AREA = 10, 12  # likewise (table A.18)
SOT_BYTES, LEAST_TILE_PART = 12, 14  # with SOD (A.4.2)
NO_HEADER = "The DICOM file is damaged: its JPEG 2000 codestream has no valid header."


class Jpeg2000Header(NamedTuple):
    rows: int
    columns: int
    bits: int
    is_signed: bool
    components: int


class _Segment(NamedTuple):
    marker: int
    parameters: bytes
    is_in_main_header: bool


def jpeg_2000_header(image: bytes) -> Jpeg2000Header:
    """What the image announces.

    Raises:
        UnsupportedDicomError: more than one component.
        UnsupportedCompressionError: thousands of tiles, packets or segments, precincts or code-blocks of a few pixels,
            styles of their own for tiles or components, or more memory than films take.
        ImageTooLargeError: more than 64 megapixels.
        UnreadableImageError: a segment is missing where the one before it ends, or too short.
    """
    try:
        return _checked(image)
    except (struct.error, IndexError, ValueError):
        raise UnreadableImageError(NO_HEADER) from None


def closed_codestream(image: bytes) -> bytes:
    """An image whose header is sound, its end right behind its last tile part. One without an end is left as it is."""
    place = _exhausted(_segments(image))
    return image if place == len(image) else image[:place] + EOC.to_bytes(2)


def _exhausted(segments: Generator[_Segment, None, int]) -> int:
    """What the generator returns."""
    while True:
        try:
            next(segments)
        except StopIteration as stop:
            return int(stop.value)


def _checked(image: bytes) -> Jpeg2000Header:
    segments = _segments(image)
    header, grid = _size(next(segments).parameters)
    style = None
    for number, segment in enumerate(segments):
        if number == MAX_SEGMENTS:
            raise UnsupportedCompressionError(
                f"The compressed image has over {MAX_SEGMENTS:,} segments. Send the film uncompressed."
            )
        if segment.marker in (COD, COC):
            if segment.marker == COC or not segment.is_in_main_header or style is not None:
                # Of one component or tile alone: a grey film has none, and it is not worth a way around the bounds.
                raise UnsupportedCompressionError(
                    "The compressed image has coding styles for single tiles. Send the film uncompressed."
                )
            style = _style(segment.parameters)
        elif segment.marker not in (MAIN if segment.is_in_main_header else TILE_PART):
            raise UnsupportedCompressionError(
                f"The compressed image has the unexpected marker {segment.marker:04X}. Send the film uncompressed."
            )
    if style is None:
        raise IndexError("COD is missing")
    _check_memory(header, grid, style)
    return header


def _size(parameters: bytes) -> tuple[Jpeg2000Header, Grid]:
    """SIZ (A.5.1)."""
    _, right, bottom, left, top, *tile, components = struct.unpack_from(">H8IH", parameters)
    rows, columns = bottom - top, right - left
    if components != 1:
        raise UnsupportedDicomError(
            f"The compressed image has {components} components. Fovea reads grey films, which have 1."
        )
    bits, *steps = parameters[36:39]
    if min(rows, columns) < 1 or steps != [1, 1]:
        raise IndexError("no pixels, or some left out")
    check_size(columns, rows)
    grid = Grid(left, top, right, bottom, *tile)
    if not grid.is_sound:
        raise IndexError("tiles that do not cover the image")
    if grid.tiles > MAX_TILES:
        raise UnsupportedCompressionError(
            f"The compressed image has over {MAX_TILES:,} tiles. Send the film uncompressed."
        )
    return Jpeg2000Header(rows, columns, (bits & 0x7F) + 1, bool(bits & 0x80), components), grid


def _style(parameters: bytes) -> CodingStyle:
    """COD (A.6.1)."""
    own, _, layers, _, levels, width, height, block_style, _ = struct.unpack_from(">BBHBBBBBB", parameters)
    sizes = parameters[10 : 11 + levels] if own & 1 else bytes([0xFF]) * (levels + 1)
    if levels > MAX_LEVELS or len(sizes) != levels + 1 or layers < 1:
        raise IndexError("no such levels, precincts or layers")
    precincts = tuple((size & 15, size >> 4) for size in sizes)
    if min(map(min, precincts)) < LEAST_PRECINCT:
        raise UnsupportedCompressionError(
            f"The compressed image has precincts under {1 << LEAST_PRECINCT} pixels. Send the film uncompressed."
        )
    block = (width & 15) + 2, (height & 15) + 2
    if min(block) < LEAST_CODE_BLOCK:
        raise UnsupportedCompressionError(
            f"The compressed image has code-blocks under {1 << LEAST_CODE_BLOCK} pixels. Send the film uncompressed."
        )
    if max(block) > MAX_CODE_BLOCK or sum(block) > MAX_CODE_BLOCK_AREA:
        raise IndexError("no such code-blocks")
    if block_style & MIXES_CODERS:
        raise UnsupportedCompressionError(
            "The compressed image mixes code-blocks of JPEG 2000 and of its high-throughput form. "
            "Send the film uncompressed."
        )
    return CodingStyle(layers, block, precincts, bool(block_style & TERMINATES_PASSES))


def _check_memory(header: Jpeg2000Header, grid: Grid, style: CodingStyle) -> None:
    if (packets := style.layers * sum(style.precincts_of(grid))) > MAX_PACKETS:
        raise UnsupportedCompressionError(
            f"The compressed image has {packets:,} packets. Fovea reads at most {MAX_PACKETS:,}."
        )
    needed, limit = decoding_bytes(grid, style), memory_limit(header.columns, header.rows)
    if needed > limit:
        raise UnsupportedCompressionError(
            f"Decoding the compressed image would take {needed / 1e6:,.0f} MB. The limit is {limit / 1e6:,.0f} MB for "
            f"{header.columns:,} x {header.rows:,} pixels."
        )


def _segments(image: bytes) -> Generator[_Segment, None, int]:
    """SIZ first, then the others of the main header, and SOT and what is in its header for each tile part.

    Returns the place behind the last tile part, that of the end where nothing closes the image.
    """
    if not image.startswith(START):
        raise IndexError("SOC and SIZ are missing")
    place = yield from _header(image, 2, stop=SOT)
    while image[place : place + 2] == SOT.to_bytes(2):
        size, _, length = struct.unpack_from(">HHI", image, place + 2)
        if size != SOT_BYTES - 2 or 0 < length < LEAST_TILE_PART:
            raise IndexError("a tile part that ends before its header")
        yield _Segment(SOT, b"", False)
        data = yield from _header(image, place + SOT_BYTES, stop=SOD)
        if length == 0:  # up to the end
            return len(image)
        if place + length < data + 2:
            raise IndexError("a tile part that ends in its header")
        place += length
        # No coded data hold an end marker (B.10.1): one that lies in them closes an image that was cut.
        if place > len(image) or image.find(EOC.to_bytes(2), data + 2, place) >= 0:
            raise UnreadableImageError("The DICOM file is truncated: its JPEG 2000 image breaks off. Export it again.")
    parts_end = place
    while image.startswith(COM.to_bytes(2), place):  # to fill up a frame, against A.9.2
        (length,) = struct.unpack_from(">H", image, place + 2)
        yield _Segment(COM, b"", False)
        place += 2 + max(length, 2)
    is_closed = image.startswith(EOC.to_bytes(2), place)
    if not is_closed and image[place:].strip(PADDING):
        raise IndexError("another thing behind a tile part than the next")
    return parts_end if is_closed else len(image)


def _header(image: bytes, place: int, *, stop: int) -> Generator[_Segment, None, int]:
    """Its segments up to the marker `stop`, whose place it gives."""
    while True:
        (marker,) = struct.unpack_from(">H", image, place)
        if marker == stop:
            return place
        (length,) = struct.unpack_from(">H", image, place + 2)
        end = place + 2 + length
        if marker in (SOC, SOT, SOD, EOC) or length < 2 or end > len(image):
            raise IndexError("a delimiter within a header, or a segment beyond the end")
        yield _Segment(marker, image[place + 4 : end], stop == SOT)
        place = end
