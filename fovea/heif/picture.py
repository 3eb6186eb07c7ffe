"""The one picture of a HEIF file, written anew as a file with its parts, its alpha channel, and nothing else.

Readers unfold EXIF, XMP, thumbnails and depth maps of all pictures while they open a file, and take the sizes of coded
data from the data themselves: both are bounded here.
"""

from typing import NamedTuple

from fovea.colour_profile import MAX_PROFILE_BYTES
from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.heif import av1, hevc
from fovea.heif.boxes import Numbers, damaged, full, packed
from fovea.heif.container import Container, read_container
from fovea.size import check_size

HEVC, AV1, GRID = b"hvc1", b"av01", b"grid"
CONFIGURATIONS = {HEVC: b"hvcC", AV1: b"av1C"}
SIZES = {HEVC: hevc.coded_sizes, AV1: av1.coded_sizes}
FORMATS = {HEVC: ("HEIC", b"heic"), AV1: ("AVIF", b"avif")}
COLOUR, CLEAN_APERTURE = b"colr", b"clap"
KEPT_BY_BOTH = frozenset({b"ispe", b"pixi", COLOUR, b"irot", b"imir", b"auxC"})
# Pillow's reader of AVIF knows no clean aperture
KEPT = {HEVC: KEPT_BY_BOTH | {b"hvcC", CLEAN_APERTURE}, AV1: KEPT_BY_BOTH | {b"av1C", b"a1op", b"lsel"}}
PROFILES = (b"prof", b"rICC")  # the other kind of colour says how YCbCr was made
ALPHAS = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
MAX_PADDING_PX = 64  # codecs work in blocks of up to this side
MAX_TILING = 4  # how many times the picture its tiles may take together


class HeifPicture(NamedTuple):
    """`kind` is HEIC or AVIF, `content` a file of that kind, and `profile` its colour profile, empty if it has none."""

    kind: str
    content: bytes
    profile: bytes


def picture_alone(data: bytes) -> HeifPicture:
    """The primary picture of a HEIF file.

    Raises:
        UnsupportedFormatError: a sequence, a picture of another codec, or what it cannot be shown without.
        ImageTooLargeError: more than 64 megapixels in the picture, a tile of it or its coded data.
        UnreadableImageError: no picture, parts that do not make it up, or data beyond the end.
    """
    container = read_container(data)
    picture = _Picture(container)
    picture.add(container.primary)
    for item in picture.items[:]:
        alpha = _alpha_of(container, item)
        if alpha is not None:
            picture.add(alpha)
    kind, brand = FORMATS[picture.codec]
    if picture.codec == AV1 and CLEAN_APERTURE in container.properties_of(container.primary):
        raise UnsupportedFormatError("The AVIF file shows a part of its picture. Save that part as a file of its own.")
    return HeifPicture(kind, picture.written(brand), _profile(container))


class _Picture:
    """Items that belong to it, in the order in which they are written."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._contents: dict[int, bytes] = {}
        self._codecs: set[bytes] = set()
        self.items: list[int] = []

    @property
    def codec(self) -> bytes:
        if len(self._codecs) != 1:
            raise UnsupportedFormatError("The HEIF file mixes two codecs in one picture. Save it again as JPEG.")
        (codec,) = self._codecs
        return codec

    def add(self, item: int) -> None:
        """An item and the tiles of which it is made."""
        container = self._container
        kind = container.kinds.get(item)
        if kind is None:
            raise damaged()
        if kind == GRID:
            self._take(item)
            for tile in _tiles(container, item, self._contents[item]):
                if container.kinds.get(tile) == GRID:
                    raise damaged()
                if tile not in self._contents:
                    self.add(tile)
        elif kind in CONFIGURATIONS:
            self._codecs.add(kind)
            self._take(item)
            _check_coded(container, item, kind, self._contents[item])
        else:
            shown = kind.decode("latin-1") if kind.isalnum() else "unknown"
            raise UnsupportedFormatError(f"The HEIF file holds a picture of the type {shown}. Save it as HEIC or JPEG.")

    def _take(self, item: int) -> None:
        self._contents[item] = self._container.content(item)
        self.items.append(item)
        if sum(map(len, self._contents.values())) > len(self._container.data):
            raise damaged()

    def written(self, brand: bytes) -> bytes:
        """A file of these items alone, numbered from 1 in their order."""
        head = packed(b"ftyp", brand, bytes(4), b"mif1", brand, b"miaf")
        start = len(head) + len(self._meta(0)) + 8
        return b"".join([head, self._meta(start), packed(b"mdat", *self._contents.values())])

    def _meta(self, start: int) -> bytes:
        """`start` is the place of the first item's data."""
        numbers = {item: number for number, item in enumerate(self.items, 1)}
        kinds = [  # parts are hidden, or they would be pictures of their own
            full(
                b"infe",
                2,
                int(item != self._container.primary),
                number.to_bytes(2),
                bytes(2),
                self._container.kinds[item],
                b"\0",
            )
            for item, number in numbers.items()
        ]
        locations = []
        for item, number in numbers.items():
            length = len(self._contents[item])
            locations.append(b"".join([number.to_bytes(2), bytes(2), b"\0\1", start.to_bytes(4), length.to_bytes(4)]))
            start += length
        count = len(numbers).to_bytes(2)
        return full(
            b"meta",
            0,
            0,
            full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13)),
            full(b"pitm", 0, 0, numbers[self._container.primary].to_bytes(2)),
            full(b"iinf", 0, 0, count, *kinds),
            full(b"iref", 0, 0, *_references(self._container, numbers)),
            packed(b"iprp", *_properties(self._container, numbers, KEPT[self.codec])),
            full(b"iloc", 0, 0, b"\x44\0", count, *locations),
        )


def _references(container: Container, numbers: dict[int, int]) -> list[bytes]:
    """Those from one part of the picture to another."""
    boxes = []
    for kind in (b"dimg", b"auxl", b"prem"):
        for item, named in container.references.get(kind, {}).items():
            kept = [numbers[each] for each in named if each in numbers]
            if item in numbers and kept:
                packed_kept = b"".join(each.to_bytes(2) for each in kept)
                boxes.append(packed(kind, numbers[item].to_bytes(2), len(kept).to_bytes(2), packed_kept))
    return boxes


def _properties(container: Container, numbers: dict[int, int], kept: frozenset[bytes]) -> list[bytes]:
    """The properties of these kinds, and which item has which. Raises UnsupportedFormatError for an essential other."""
    places: dict[int, int] = {}
    written, entries = [], []
    for item, number in numbers.items():
        said = []
        for index, is_essential in container.associated.get(item, ()):
            kind, content = container.properties[index]
            is_profile = kind == COLOUR and bytes(content[:4]) in PROFILES
            if is_profile or kind not in kept:
                if is_essential and not is_profile:
                    raise _unknown_property(kind)
                continue
            if index not in places:
                written.append(packed(kind, bytes(content)))
                places[index] = len(written)
            said.append((is_essential << 15 | places[index]).to_bytes(2))
        entries.append(b"".join([number.to_bytes(2), len(said).to_bytes(1), *said]))
    return [packed(b"ipco", *written), full(b"ipma", 0, 1, len(entries).to_bytes(4), *entries)]


def _unknown_property(kind: bytes) -> UnsupportedFormatError:
    shown = kind.decode("latin-1") if kind.isalnum() else "unknown"
    return UnsupportedFormatError(f"The HEIF file needs the property {shown}, which is not read. Save it as JPEG.")


def _tiles(container: Container, item: int, descriptor: bytes) -> list[int]:
    """Those of a grid (ISO 23008-12 section 6.6.2.3), which must make up its picture and not much more."""
    numbers = Numbers(memoryview(descriptor))
    is_wide = numbers.take(2) & 1
    rows, columns = numbers.take(1) + 1, numbers.take(1) + 1
    width, height = (numbers.take(4 if is_wide else 2) for _ in range(2))
    check_size(width, height)
    tiles = container.references.get(b"dimg", {}).get(item, [])
    if len(tiles) != rows * columns:
        raise damaged()
    tile_width, tile_height = _size(container, tiles[0])
    area = tile_width * tile_height
    if (
        columns * tile_width < width
        or rows * tile_height < height
        or len(tiles) * area > MAX_TILING * max(width * height, area)
    ):
        raise damaged()
    if any(_size(container, tile) != (tile_width, tile_height) for tile in set(tiles)):
        raise damaged()
    return tiles


def _size(container: Container, item: int) -> tuple[int, int]:
    """As its property `ispe` says."""
    numbers = Numbers(container.properties_of(item).get(b"ispe", memoryview(b"")))
    numbers.take(4)
    width, height = numbers.take(4), numbers.take(4)
    check_size(width, height)
    return width, height


def _check_coded(container: Container, item: int, kind: bytes, content: bytes) -> None:
    """A decoder makes room for what the coded data say, whatever the file around them says."""
    width, height = _size(container, item)
    configuration = container.properties_of(item).get(CONFIGURATIONS[kind])
    if configuration is None:
        raise damaged()
    for coded_width, coded_height in SIZES[kind](configuration, content):
        check_size(coded_width, coded_height)
        if coded_width > width + MAX_PADDING_PX or coded_height > height + MAX_PADDING_PX:
            raise UnreadableImageError(
                f"The {FORMATS[kind][0]} file is damaged: its header says {width:,} x {height:,} pixels, but its data "
                f"say {coded_width:,} x {coded_height:,}."
            )


def _alpha_of(container: Container, item: int) -> int | None:
    """The picture that says how opaque `item` is."""
    for auxiliary, named in container.references.get(b"auxl", {}).items():
        said = bytes(container.properties_of(auxiliary).get(b"auxC", b"")[4:128])
        if item in named and said.partition(b"\0")[0] in ALPHAS:
            return auxiliary
    return None


def _profile(container: Container) -> bytes:
    for index, _ in container.associated.get(container.primary, ()):
        kind, content = container.properties[index]
        if kind == COLOUR and bytes(content[:4]) in PROFILES:
            return bytes(content[4 : 5 + MAX_PROFILE_BYTES])
    return b""
