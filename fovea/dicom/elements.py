"""The elements of a data set (PS3.5 section 7.1), walked to the end of the file before any value is decoded.

The walk finds where a file was cut, passes over what no film needs, and stops at padding behind the pixels.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from pydicom.datadict import keyword_for_tag

from fovea.errors import UnreadableImageError

PIXEL_DATA = 0x7FE00010
ITEM, END_OF_ITEM, END_OF_SEQUENCE = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD  # PS3.5 7.5
UNDEFINED = 0xFFFFFFFF
# PS3.5 7.1.2: representations whose length has four bytes, behind two that are reserved, and those of two.
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
HEADER_BYTES = 8  # the shortest
MAX_ELEMENTS = 20_000  # and items; a film has a few hundred, a file made to exhaust memory has millions
MAX_DEPTH = 16  # of sequences in sequences
PADDING = (b"\0", b" ", b"\xff")  # what writers fill a file with behind its pixels
TOO_MANY_ELEMENTS = "The DICOM file has too many elements for a film."


class Element(NamedTuple):
    """`content` and `end` are places in the file; `vr` is None where the data set does not say it.

    A value of undefined length ends in front of its delimiter.
    """

    tag: int
    vr: str | None
    content: int
    end: int
    is_undefined: bool


class _Header(NamedTuple):
    tag: int
    vr: bytes | None
    content: int
    length: int


class Elements:
    """The elements of `data` from `start` on; `place` is where the walk stands.

    Raises UnreadableImageError where the file breaks off, is damaged, or has too many elements.
    """

    def __init__(self, data: bytes, start: int, *, is_implicit: bool, is_little_endian: bool) -> None:
        self.data, self.place = data, start
        self.is_little_endian = is_little_endian
        order = "<" if is_little_endian else ">"
        self._tag, self._short, self._long = (struct.Struct(order + form) for form in ("HH", "H", "I"))
        # Writers say one and write the other; the first element shows it, as everywhere in this file.
        self.is_implicit = self._looks_implicit(start, default=is_implicit)
        self._count = 0
        self._padding_starts: dict[bytes, int] = {}

    def group(self, number: int) -> Iterator[Element]:
        """Those of one group, which stand first."""
        first = self._short.pack(number)
        while (start := self.data[self.place : self.place + 2]) and first.startswith(start):
            yield self._next()

    def rest(self) -> Iterator[Element]:
        """All up to the end, or up to what is behind the pixels and only fills the file."""
        has_pixels = False
        while not self._is_padding(has_pixels):
            element = self._next()
            has_pixels = has_pixels or element.tag == PIXEL_DATA
            yield element

    def _next(self) -> Element:
        header = self._header(self.place, self.is_implicit)
        vr = header.vr.decode("ascii") if header.vr is not None else None
        if header.length == UNDEFINED:
            self.place = self._end_of_items(header, self.is_implicit, depth=0)
            end = self.place - HEADER_BYTES
        else:
            self.place = end = header.content + header.length
            if end > len(self.data):
                raise truncated(header.tag, header.length, len(self.data) - header.content)
        return Element(header.tag, vr, header.content, end, header.length == UNDEFINED)

    def _header(self, place: int, is_implicit: bool) -> _Header:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise UnreadableImageError(TOO_MANY_ELEMENTS)
        if place + HEADER_BYTES > len(self.data):
            raise truncated()
        tag, vr = self._tag_at(place), self.data[place + 4 : place + 6]
        if is_implicit or tag >> 16 == 0xFFFE:
            return self._long_header(tag, None, place + 4)
        if vr in LONG_VRS:
            return self._long_header(tag, vr, place + 8)
        if vr in SHORT_VRS:
            return _Header(tag, vr, place + 8, self._short.unpack_from(self.data, place + 6)[0])
        return self._header_of_unknown(tag, vr, place)

    def _long_header(self, tag: int, vr: bytes | None, place: int) -> _Header:
        if place + 4 > len(self.data):
            raise truncated(tag)
        return _Header(tag, vr, place + 4, self._long.unpack_from(self.data, place)[0])

    def _header_of_unknown(self, tag: int, vr: bytes, place: int) -> _Header:
        """With a length of two bytes, of four, or of four in place of the representation, if only one of them fits."""
        readings = {place + 8: self._short.unpack_from(self.data, place + 6)[0]}
        if place + 12 <= len(self.data):
            readings[place + 12] = self._long.unpack_from(self.data, place + 8)[0]
        headers = [_Header(tag, None, content, length) for content, length in readings.items()]
        headers.append(self._long_header(tag, None, place + 4))
        fitting = [header for header in headers if self._fits(header, vr)]
        if not fitting:
            raise damaged_element(tag, "has an unknown value representation")
        if len({(header.content, header.length) for header in fitting}) > 1:
            raise damaged_element(tag, "has an unknown value representation, so its length is not certain")
        return fitting[0]

    def _fits(self, header: _Header, vr: bytes) -> bool:
        """Whether the file ends behind the element, or goes on with a higher tag and a representation that exists."""
        end = header.content + header.length
        if end == len(self.data):
            return True
        if end + HEADER_BYTES > len(self.data):
            return False
        following, next_vr = self._tag_at(end), self.data[end + 4 : end + 6]
        return following > header.tag and (
            following in (END_OF_ITEM, ITEM) or next_vr in LONG_VRS or next_vr in SHORT_VRS or next_vr == vr
        )

    def _end_of_items(self, parent: _Header, is_implicit: bool, depth: int) -> int:
        """The place behind the delimiter of a value of undefined length."""
        if depth == MAX_DEPTH:
            raise UnreadableImageError(TOO_MANY_ELEMENTS)
        place = parent.content
        # PS3.5 6.2.2: a sequence of unknown representation is encoded as Implicit VR
        is_implicit = is_implicit or parent.vr == b"UN"
        while True:
            try:
                item = self._header(place, is_implicit)
            except UnreadableImageError as error:
                raise (truncated(parent.tag) if place + HEADER_BYTES > len(self.data) else error) from None
            if item.tag == END_OF_SEQUENCE:
                return item.content
            if item.tag != ITEM:
                raise damaged_element(parent.tag, "has something else where an item must be")
            if item.length == UNDEFINED and parent.tag != PIXEL_DATA:
                place = self._end_of_item(item.content, is_implicit, depth)
            else:
                place = item.content + item.length
            if place > len(self.data):
                raise truncated(parent.tag)

    def _end_of_item(self, place: int, is_implicit: bool, depth: int) -> int:
        is_implicit = self._looks_implicit(place, default=is_implicit)
        while True:
            element = self._header(place, is_implicit)
            if element.tag == END_OF_ITEM:
                return element.content
            if element.length == UNDEFINED:
                place = self._end_of_items(element, is_implicit, depth + 1)
            else:
                place = element.content + element.length

    def _looks_implicit(self, place: int, *, default: bool) -> bool:
        """Whether no two capitals stand where a representation would; no length is as large as they would make it."""
        vr = self.data[place + 4 : place + 6]
        if len(vr) < 2 or self._tag_at(place) >> 16 == 0xFFFE:
            return default
        return not (vr.isalpha() and vr.isupper())

    def _tag_at(self, place: int) -> int:
        group, number = self._tag.unpack_from(self.data, place)
        return int(group) << 16 | int(number)

    def _is_padding(self, has_pixels: bool) -> bool:
        left = len(self.data) - self.place
        if left == 0 or (has_pixels and left < HEADER_BYTES):
            return True
        kinds = PADDING if has_pixels else PADDING[:1]
        byte = self.data[self.place : self.place + 1]
        if byte not in kinds or self.data[self.place : self.place + HEADER_BYTES].strip(byte):
            return False
        if byte not in self._padding_starts:  # once, since a file can have many elements of such bytes
            self._padding_starts[byte] = len(self.data.rstrip(byte))
        return self.place >= self._padding_starts[byte]


def truncated(tag: int | None = None, promised: int = 0, held: int = 0) -> UnreadableImageError:
    """The error for a file that ends within an element."""
    if tag is None:
        return UnreadableImageError("The DICOM file is truncated: it ends within an element. Export it again.")
    lengths = f": {held:,} of its {promised:,} bytes are there" if promised else ""
    return UnreadableImageError(f"The DICOM file is truncated: it ends within {_named(tag)}{lengths}. Export it again.")


def damaged_element(tag: int, what: str) -> UnreadableImageError:
    return UnreadableImageError(f"The DICOM file is damaged: {_named(tag)} {what}.")


def _named(tag: int) -> str:
    return f"({tag >> 16:04x},{tag & 0xFFFF:04x}) {keyword_for_tag(tag)}".rstrip()
