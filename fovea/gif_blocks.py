"""The blocks of a GIF file that its one picture needs (GIF89a, sections 18 to 27), without comments and extensions."""

from typing import NamedTuple

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.size import check_size

HEADER_BYTES, DESCRIPTOR_BYTES = 13, 10
EXTENSION, PICTURE, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL = 0xF9  # says which colour is transparent
HAS_TABLE, TABLE_SIZE = 0x80, 0x07
MAX_BLOCKS = 1 << 18  # of up to 255 bytes each; writers fill them


class _Picture(NamedTuple):
    start: int
    end: int


def picture_alone(data: bytes) -> bytes:
    """The GIF file reduced to its one picture.

    Raises:
        UnsupportedFormatError: several frames, or over 262,144 blocks.
        ImageTooLargeError: more than 64 megapixels.
        UnreadableImageError: no picture, or a block that is none.
    """
    start = HEADER_BYTES + _table_bytes(data[10:11])
    control, pictures = b"", list[_Picture]()
    walk = _Walk(data, start)
    while (kind := walk.next_kind()) not in (None, TRAILER):
        at = walk.place
        if kind == EXTENSION:
            walk.skip_blocks(at + 2)
            if data[at + 1 : at + 2] == bytes([GRAPHIC_CONTROL]) and not pictures:
                control = data[at : walk.place]
        elif kind == PICTURE:
            flags = data[at + DESCRIPTOR_BYTES - 1 : at + DESCRIPTOR_BYTES]
            walk.skip_blocks(at + DESCRIPTOR_BYTES + _table_bytes(flags) + 1)
            pictures.append(_Picture(at, walk.place))
        elif pictures:  # what stands behind the picture is nothing of it
            break
        else:
            raise _damaged()
    if not pictures:
        raise _damaged()
    if len(pictures) > 1:
        raise UnsupportedFormatError(f"The file holds {len(pictures):,} frames. Send a single still image.")
    picture = data[pictures[0].start : pictures[0].end]
    _check_size(data, picture)
    return b"".join([data[:start], control, picture, bytes([TRAILER])])


class _Walk:
    def __init__(self, data: bytes, place: int) -> None:
        self._data, self.place, self._blocks = data, place, 0

    def next_kind(self) -> int | None:
        return self._data[self.place] if self.place < len(self._data) else None

    def skip_blocks(self, place: int) -> None:
        """Up to the empty block that ends them, or to the end of a file that breaks off: the decoder tells that."""
        data = self._data
        while place < len(data) and data[place]:
            place += 1 + data[place]
            self._blocks += 1
        self._blocks += 1
        if self._blocks > MAX_BLOCKS:
            raise UnsupportedFormatError(f"The GIF file has over {MAX_BLOCKS:,} blocks. Save it again as PNG.")
        self.place = min(place + 1, len(data))


def _table_bytes(flags: bytes) -> int:
    """Of the colour table that these flags announce."""
    return 3 << (flags[0] & TABLE_SIZE) + 1 if flags and flags[0] & HAS_TABLE else 0


def _check_size(data: bytes, picture: bytes) -> None:
    """The picture may reach beyond the screen, which grows."""
    screen = [int.from_bytes(data[place : place + 2], "little") for place in (6, 8)]
    left, top, width, height = (int.from_bytes(picture[place : place + 2], "little") for place in (1, 3, 5, 7))
    check_size(width, height)
    check_size(max(screen[0], left + width), max(screen[1], top + height))


def _damaged() -> UnreadableImageError:
    return UnreadableImageError("The GIF file is damaged: it has no picture that can be read.")
