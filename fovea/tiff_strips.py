"""Where the pixels of a TIFF file lie (TIFF 6.0 sections 3, 15 and 22), held to the size of its image."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.jpeg_markers import FRAMES, HIERARCHICAL, START_OF_SCAN, BrokenMarkersError, FrameHeader, segments
from fovea.size import check_size

Order = Literal["little", "big"]
STRUCT_ORDER = {"little": "<", "big": ">"}

WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANAR = 256, 257, 259, 262, 277, 284
STRIP_OFFSETS, ROWS_PER_STRIP, STRIP_BYTES = 273, 278, 279
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 322, 323, 324, 325
SHORT, LONG = 3, 4
BYTE_KINDS = (1, 2, 7)  # BYTE, ASCII, UNDEFINED
NONE, JPEG, YCBCR, SEPARATE_PLANES = 1, 7, 6, 2
# None, three of fax, LZW, JPEG, deflate, CCITT with word alignment, PackBits, deflate by its older number
READ_COMPRESSIONS = {NONE, 2, 3, 4, 5, JPEG, 8, 32_771, 32_773, 32_946}
MAX_PIECES = 1 << 16  # tiles of 32 x 32 of the largest image; each takes a decoder some microseconds
LARGE_TILE = 2048 * 2048  # pixels; only for an image of that order
MAX_OVERLAP = 4  # how many times the file the pieces may hold together; some writers give too large a last one
READ_JPEG_FRAMES = {0xC0, 0xC1}  # baseline and extended, as TIFF Technical Note 2 has it
READ_JPEG_BITS = 8
MAX_JPEG_SCANS = 4  # one for each component


class Entry(NamedTuple):
    """An entry of a directory; `field` holds the value where it fits into four bytes, else its place."""

    kind: int
    values: int
    field: bytes


class _Layout(NamedTuple):
    across: int
    down: int
    offsets: int
    byte_counts: int
    what: str


def check_pixels(directory: "Directory") -> None:
    """Hold the strips or tiles of a directory to its size.

    Raises:
        UnsupportedFormatError: a compression or a form of colours that is not read, or over 65,536 strips or tiles.
        ImageTooLargeError: more than 64 megapixels, or a tile of that size.
        UnreadableImageError: strips or tiles that do not make up the image, or more of their bytes than the file has.
    """
    data, entries = directory.data, directory.entries
    compression = directory.number(COMPRESSION, NONE)
    if compression not in READ_COMPRESSIONS:
        raise UnsupportedFormatError(
            f"The TIFF file is compressed by method {compression}. "
            "Save it uncompressed, or with fax, LZW, JPEG, deflate or PackBits."
        )
    if directory.number(PHOTOMETRIC, 0) == YCBCR and compression != JPEG:
        raise UnsupportedFormatError("The TIFF file holds YCbCr samples outside of JPEG. Save it as RGB.")
    width, height = directory.number(WIDTH, 0), directory.number(HEIGHT, 0)
    check_size(width, height)
    layout = _layout(directory, width, height)
    planes = directory.number(SAMPLES, 1) if directory.number(PLANAR, 1) == SEPARATE_PLANES else 1
    needed = -(-width // layout.across) * -(-height // layout.down) * planes
    offsets, byte_counts = directory.numbers(layout.offsets), directory.numbers(layout.byte_counts)
    if needed > MAX_PIECES:
        raise UnsupportedFormatError(f"The TIFF file has {needed:,} {layout.what}. Fovea reads at most {MAX_PIECES:,}.")
    if len(offsets) != needed:
        raise UnreadableImageError(
            f"The TIFF file is damaged: it has {len(offsets):,} {layout.what}, but its size needs {needed:,}."
        )
    if len(byte_counts) != needed and (layout.byte_counts in entries or compression == JPEG):
        raise UnreadableImageError(f"The TIFF file is damaged: the lengths of its {layout.what} are not given.")
    if needed > 1 and int(np.minimum(byte_counts, len(data)).sum()) > MAX_OVERLAP * len(data):
        raise UnreadableImageError(f"The TIFF file is damaged: its {layout.what} share their bytes.")
    if compression == JPEG:
        for offset, length in zip(offsets.tolist(), byte_counts.tolist(), strict=True):
            _check_jpeg(data[offset : offset + length], layout)


class Directory(NamedTuple):
    """The entries of a directory by tag, with the file and its byte order."""

    data: bytes
    entries: Mapping[int, Entry]
    order: Order

    def numbers(self, tag: int) -> NDArray[np.int64]:
        """All values of an entry; none where it is absent or beyond the end."""
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in (SHORT, LONG):
            return np.zeros(0, np.int64)
        width = 2 if entry.kind == SHORT else 4
        size = width * entry.values
        place = int.from_bytes(entry.field, self.order)
        content = entry.field[:size] if size <= len(entry.field) else self.data[place : place + size]
        whole = content[: len(content) // width * width]
        return np.frombuffer(whole, f"{STRUCT_ORDER[self.order]}u{width}").astype(np.int64)

    def content(self, tag: int) -> bytes:
        """The bytes of an entry that counts in bytes; empty where it is absent or counts otherwise."""
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in BYTE_KINDS or entry.values <= len(entry.field):
            return b""
        place = int.from_bytes(entry.field, self.order)
        return self.data[place : place + entry.values]

    def number(self, tag: int, default: int) -> int:
        """The first value."""
        values = self.numbers(tag)
        return int(values[0]) if len(values) else default


def _layout(directory: Directory, width: int, height: int) -> _Layout:
    if TILE_WIDTH not in directory.entries and TILE_HEIGHT not in directory.entries:
        down = min(max(1, directory.number(ROWS_PER_STRIP, height)), height)
        return _Layout(width, down, STRIP_OFFSETS, STRIP_BYTES, "strips")
    across, down = directory.number(TILE_WIDTH, 0), directory.number(TILE_HEIGHT, 0)
    check_size(across, down)
    if STRIP_OFFSETS in directory.entries or LARGE_TILE < across * down > 2 * width * height:
        raise UnreadableImageError(
            f"The TIFF file is damaged: tiles of {across:,} x {down:,} pixels do not fit its {width:,} x {height:,}."
        )
    return _Layout(across, down, TILE_OFFSETS, TILE_BYTES, "tiles")


def _check_jpeg(strip: bytes, layout: _Layout) -> None:
    """A strip or tile is an image of its own, which a decoder follows."""
    scans = 0
    try:
        for segment in segments(strip, skips_other_bytes=True):
            scans += segment.marker == START_OF_SCAN
            is_frame = segment.marker in READ_JPEG_FRAMES
            if (segment.marker in FRAMES | HIERARCHICAL and not is_frame) or scans > MAX_JPEG_SCANS:
                raise UnsupportedFormatError("The TIFF file holds progressive JPEG. Save it with baseline JPEG.")
            if is_frame:
                frame = FrameHeader.of(strip, segment)
                if frame.bits != READ_JPEG_BITS:
                    raise UnsupportedFormatError(
                        f"The TIFF file holds JPEG of {frame.bits} bits a sample. Fovea reads JPEG of {READ_JPEG_BITS}."
                    )
                if frame.columns > layout.across or frame.rows > layout.down:
                    raise UnreadableImageError(
                        f"The TIFF file is damaged: JPEG of {frame.columns:,} x {frame.rows:,} pixels is in "
                        f"{layout.what} of {layout.across:,} x {layout.down:,}."
                    )
    except BrokenMarkersError:
        raise UnreadableImageError("The TIFF file is truncated or damaged: JPEG in it cannot be read.") from None
