"""The one directory of a TIFF file (TIFF 6.0 section 2), reduced to the entries that the pixels need.

Pillow and libtiff unfold every entry that they meet, and many entries may share one large value.
"""

import struct
from collections.abc import Iterator

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.tiff_samples import BLACK_IS_ZERO, samples_of
from fovea.tiff_strips import (
    BYTE_KINDS,
    MAX_PIECES,
    PHOTOMETRIC,
    SHORT,
    STRUCT_ORDER,
    Directory,
    Entry,
    Order,
    check_pixels,
)

ENTRY_BYTES = 12
KIND_OF_PICTURE, THUMBNAIL, MASK = 254, 1, 4  # NewSubfileType (section 8)
MAX_DIRECTORIES = 4096
# How many values an entry may have. The numbers are those of TIFF 6.0 and its technical notes.
PLACES = dict.fromkeys((273, 279, 324, 325), MAX_PIECES)  # where strips and tiles lie
PLAIN = dict.fromkeys(
    (
        *(256, 257, 258, 259, 262, 266, 274, 277, 278, 284, 317, 320, 322, 323),  # size, samples, colours, tiles
        *(292, 293, 332, 334, 338, 339),  # fax, inks, further samples
        *(512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532),  # JPEG and YCbCr
        0xBC01,  # Windows Media Photo, which Pillow refuses
    ),
    4096,
)
BYTES = dict.fromkeys((347, 700), 1 << 26)  # JPEG tables, XMP
MAX_VALUES = PLACES | PLAIN | BYTES


def first_directory_alone(data: bytes) -> tuple[bytes, int]:
    """The TIFF file with its first directory alone, in its place and reduced, and the number of its pictures.

    Raises:
        UnreadableImageError: a directory beyond the end, or an entry with more values than pixels need.
        UnsupportedFormatError: over 4096 directories, a thumbnail first, or what `check_pixels` and `samples_of` do not
            read.
        ImageTooLargeError: an image or a tile above the limit.
    """
    order = _order(data)
    place = int.from_bytes(data[4:8], order)
    kept: dict[int, bytes] = {}
    for tag, entry in _entries(data, place, order):
        if tag in MAX_VALUES:
            _check_values(tag, entry, order)
            kept[tag] = entry
    directory = Directory(data, {tag: _parsed(entry, order) for tag, entry in kept.items()}, order)
    check_pixels(directory)
    if samples_of(directory).is_inverted:  # Pillow inverts none of more than 8 bits
        kept[PHOTOMETRIC] = struct.pack(f"{STRUCT_ORDER[order]}HHIHH", PHOTOMETRIC, SHORT, 1, BLACK_IS_ZERO, 0)
    reduced = len(kept).to_bytes(2, order) + b"".join(kept[tag] for tag in sorted(kept)) + bytes(4)
    reduced = reduced[: len(data) - place]  # the file may end before the place of the next directory
    rest = memoryview(data)[place + len(reduced) :]
    return b"".join([memoryview(data)[:place], reduced, rest]), _number_of_pictures(data, place, order)


def first_directory(data: bytes) -> Directory:
    """All of its entries. Raises UnreadableImageError where it lies beyond the end."""
    order = _order(data)
    entries = _entries(data, int.from_bytes(data[4:8], order), order)
    return Directory(data, {tag: _parsed(entry, order) for tag, entry in entries}, order)


def _order(data: bytes) -> Order:
    return "little" if data.startswith(b"II") else "big"


def _entries(data: bytes, place: int, order: Order) -> Iterator[tuple[int, bytes]]:
    """Of the directory at `place`, each behind its tag."""
    entries, _ = _directory(data, place, order)
    for start in range(0, len(entries), ENTRY_BYTES):
        entry = entries[start : start + ENTRY_BYTES]
        yield int.from_bytes(entry[:2], order), entry


def _directory(data: bytes, place: int, order: Order) -> tuple[bytes, int]:
    """The entries of the directory at `place`, and the place of the next one; 0 where there is none."""
    start = place + 2
    end = start + ENTRY_BYTES * int.from_bytes(data[place:start], order)
    if place < 8 or end > len(data):
        raise UnreadableImageError("The TIFF file is truncated or damaged: one of its directories lies beyond its end.")
    return data[start:end], int.from_bytes(data[end : end + 4], order)


def _check_values(tag: int, entry: bytes, order: Order) -> None:
    kind, values = int.from_bytes(entry[2:4], order), int.from_bytes(entry[4:8], order)
    most = MAX_VALUES[tag] if tag not in BYTES or kind in BYTE_KINDS else 4096
    if values > most:
        raise UnreadableImageError(
            f"The TIFF file is damaged: its tag {tag} has {values:,} values. Fovea reads at most {most:,}."
        )


def _parsed(entry: bytes, order: Order) -> Entry:
    return Entry(int.from_bytes(entry[2:4], order), int.from_bytes(entry[4:8], order), entry[8:])


def _number_of_pictures(data: bytes, place: int, order: Order) -> int:
    """Of the chain that starts at `place`, thumbnails and masks aside; a place that comes again ends it."""
    places: set[int] = set()
    pictures = 0
    while place and place not in places:
        if len(places) == MAX_DIRECTORIES:
            raise UnsupportedFormatError(f"The file holds over {MAX_DIRECTORIES:,} frames. Send a single still image.")
        entries, following = _directory(data, place, order)
        if not _is_aside(entries, order):
            pictures += 1
        elif not places:
            raise UnsupportedFormatError("The TIFF file begins with a thumbnail, as raw photos do. Send it as JPEG.")
        places.add(place)
        place = following
    return pictures


def _is_aside(entries: bytes, order: Order) -> bool:
    """Whether a directory holds a smaller copy of another picture, or its mask. The entry that says so is the first."""
    tag, _, _, kind = struct.unpack_from(f"{STRUCT_ORDER[order]}HHII", entries + bytes(ENTRY_BYTES))
    return tag == KIND_OF_PICTURE and bool(kind & (THUMBNAIL | MASK))
