"""The one directory of a TIFF file (TIFF 6.0 section 2), reduced to the entries that the pixels need.

Pillow and libtiff unfold every entry that they meet, and many entries may share one large value.
"""

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.tiff_strips import MAX_PIECES, Entry, Order, check_pixels

ENTRY_BYTES = 12
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
BYTE_KINDS = (1, 2, 7)  # BYTE, ASCII, UNDEFINED


def first_directory_alone(data: bytes) -> tuple[bytes, int]:
    """The TIFF file with its first directory alone, in its place and reduced, and the number of directories it had.

    Raises:
        UnreadableImageError: a directory beyond the end, or an entry with more values than pixels need.
        UnsupportedFormatError: over 4096 directories, or what `check_pixels` does not read.
        ImageTooLargeError: an image or a tile above the limit.
    """
    order: Order = "little" if data.startswith(b"II") else "big"
    place = int.from_bytes(data[4:8], order)
    entries, _ = _directory(data, place, order)
    kept: dict[int, bytes] = {}
    for start in range(0, len(entries), ENTRY_BYTES):
        entry = entries[start : start + ENTRY_BYTES]
        tag = int.from_bytes(entry[:2], order)
        if tag in MAX_VALUES:
            _check_values(tag, entry, order)
            kept[tag] = entry
    check_pixels(data, {tag: _parsed(entry, order) for tag, entry in kept.items()}, order)
    reduced = len(kept).to_bytes(2, order) + b"".join(kept[tag] for tag in sorted(kept)) + bytes(4)
    reduced = reduced[: len(data) - place]  # the file may end before the place of the next directory
    rest = memoryview(data)[place + len(reduced) :]
    return b"".join([memoryview(data)[:place], reduced, rest]), _number_of_directories(data, place, order)


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


def _number_of_directories(data: bytes, place: int, order: Order) -> int:
    """Of the chain that starts at `place`; a place that comes again ends it."""
    places: set[int] = set()
    while place and place not in places:
        if len(places) == MAX_DIRECTORIES:
            raise UnsupportedFormatError(f"The file holds over {MAX_DIRECTORIES:,} frames. Send a single still image.")
        places.add(place)
        _, place = _directory(data, place, order)
    return len(places)
