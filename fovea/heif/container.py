"""The items of a HEIF file: what kind they are, how they belong together, and where their data lie."""

from dataclasses import dataclass, field

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.heif.boxes import Box, Numbers, boxes, damaged

MAX_ITEMS = 1000  # the tiles of 48 megapixels and of their gain map are 250; other readers stop here too
MAX_ENTRIES = 16_384  # references, extents and associations of a file, of each
LONG_IDS = 1  # a flag or version from which numbers take four bytes in place of two


@dataclass
class Container:
    """Items are called by their numbers, and properties by their places in `properties`.

    `references` has for each kind the items that an item names, `associated` the properties of an item and whether it
    cannot be shown without them, and `extents` the parts of its data: method of ISO 14496-12 section 8.11.3, start,
    length.
    """

    data: bytes
    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    references: dict[bytes, dict[int, list[int]]] = field(default_factory=dict)
    properties: list[Box] = field(default_factory=list)
    associated: dict[int, list[tuple[int, bool]]] = field(default_factory=dict)
    extents: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    inner: memoryview = field(default_factory=lambda: memoryview(b""))

    def properties_of(self, item: int) -> dict[bytes, memoryview]:
        """By kind, the first of each."""
        found: dict[bytes, memoryview] = {}
        for index, _ in self.associated.get(item, ()):
            found.setdefault(*self.properties[index])
        return found

    def content(self, item: int) -> bytes:
        """The coded data of an item. Raises UnreadableImageError where they lie beyond the end or take more than it."""
        parts: list[memoryview] = []
        for method, start, length in self.extents.get(item, ()):
            source = (memoryview(self.data), self.inner)[method] if method in (0, 1) else memoryview(b"")
            end = start + length if length else len(source)
            if start >= end or end > len(source):
                raise damaged()
            parts.append(source[start:end])
        if not parts or sum(map(len, parts)) > len(self.data):
            raise damaged()
        return b"".join(parts)


def read_container(data: bytes) -> Container:
    """Raises UnsupportedFormatError for a sequence or too many entries, UnreadableImageError for what is damaged."""
    container = Container(data)
    for box in boxes(_meta(data)[4:]):  # behind version and flags
        if box.kind in _READERS:
            _READERS[box.kind](container, box.content)
        elif box.kind == b"idat":
            container.inner = box.content
    return container


def _meta(data: bytes) -> memoryview:
    """What describes the items. Behind it may stand what is no box: data that break off, or a phone's own."""
    found: memoryview | None = None
    try:
        for box in boxes(memoryview(data)):
            if box.kind == b"moov":
                raise UnsupportedFormatError("The file holds an animation. Send a single still image.")
            if box.kind == b"meta" and found is None:
                found = box.content
    except UnreadableImageError:
        if found is None:
            raise
    if found is None:
        raise damaged()
    return found


def _read_primary(container: Container, content: memoryview) -> None:
    numbers = Numbers(content)
    version = numbers.take(4) >> 24
    container.primary = numbers.take(4 if version >= LONG_IDS else 2)


def _read_items(container: Container, content: memoryview) -> None:
    numbers = Numbers(content)
    numbers.take(4 if numbers.take(4) >> 24 else 2)
    for box in boxes(numbers.rest()):
        entry = Numbers(box.content)
        version = entry.take(4) >> 24
        if box.kind != b"infe" or version < 2:  # older ones are no pictures
            continue
        item = entry.take(4 if version > 2 else 2)
        entry.take(2)
        container.kinds[item] = entry.bytes(4)
        if len(container.kinds) > MAX_ITEMS:
            raise UnsupportedFormatError(f"The HEIF file has over {MAX_ITEMS:,} items. Save it again as JPEG.")


def _read_references(container: Container, content: memoryview) -> None:
    numbers = Numbers(content)
    width = 4 if numbers.take(4) >> 24 >= LONG_IDS else 2
    entries = 0
    for box in boxes(numbers.rest()):
        each = Numbers(box.content)
        item, count = each.take(width), each.take(2)
        entries += count
        _check_entries(entries)
        of_kind = container.references.setdefault(box.kind, {})
        of_kind.setdefault(item, []).extend(each.take(width) for _ in range(count))


def _read_properties(container: Container, content: memoryview) -> None:
    entries = 0
    for box in boxes(content):
        if box.kind == b"ipco":
            container.properties = list(boxes(box.content))
        elif box.kind == b"ipma":
            entries += _read_associations(container, Numbers(box.content), entries)


def _read_associations(container: Container, numbers: Numbers, before: int) -> int:
    head = numbers.take(4)
    width, is_wide = 4 if head >> 24 >= LONG_IDS else 2, bool(head & 1)
    entries = before
    for _ in range(numbers.take(4)):
        item, count = numbers.take(width), numbers.take(1)
        entries += 1 + count
        _check_entries(entries)
        for _ in range(count):
            said = numbers.take(2 if is_wide else 1)
            essential, index = divmod(said, 1 << 15 if is_wide else 1 << 7)
            if index > len(container.properties):
                raise damaged()
            if index:
                container.associated.setdefault(item, []).append((index - 1, bool(essential)))
    return entries - before


def _read_locations(container: Container, content: memoryview) -> None:
    """ISO 14496-12 section 8.11.3."""
    numbers = Numbers(content)
    version = numbers.take(4) >> 24
    widths = [numbers.take(1) for _ in range(2)]
    start_bytes, length_bytes, base_bytes = widths[0] >> 4, widths[0] & 15, widths[1] >> 4
    index_bytes = widths[1] & 15 if version else 0
    entries = 0
    for _ in range(numbers.take(4 if version > 1 else 2)):
        item = numbers.take(4 if version > 1 else 2)
        method = numbers.take(2) & 15 if version else 0
        numbers.take(2)
        base, count = numbers.take(base_bytes), numbers.take(2)
        entries += 1 + count
        _check_entries(entries)
        extents = container.extents.setdefault(item, [])
        for _ in range(count):
            numbers.take(index_bytes)
            start = base + numbers.take(start_bytes)
            extents.append((method, start, numbers.take(length_bytes)))


def _check_entries(entries: int) -> None:
    if entries > MAX_ENTRIES:
        raise UnsupportedFormatError(f"The HEIF file has over {MAX_ENTRIES:,} entries. Save it again as JPEG.")


_READERS = {
    b"pitm": _read_primary,
    b"iinf": _read_items,
    b"iref": _read_references,
    b"iprp": _read_properties,
    b"iloc": _read_locations,
}
