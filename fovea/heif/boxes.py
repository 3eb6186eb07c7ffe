"""The boxes of an ISO base media file (ISO 14496-12 section 4.2), and the numbers in them."""

from collections.abc import Iterator
from typing import NamedTuple

from fovea.errors import UnreadableImageError, UnsupportedFormatError

MAX_BOXES = 4096  # in one box; the parts and properties of a large photo are some hundreds


class Box(NamedTuple):
    kind: bytes
    content: memoryview


class Numbers:
    """Reads big-endian numbers one after another. Raises UnreadableImageError beyond the end."""

    def __init__(self, content: memoryview) -> None:
        self._content, self._place = content, 0

    def take(self, width: int) -> int:
        """One of `width` bytes; 0 of none."""
        return int.from_bytes(self.bytes(width))

    def bytes(self, count: int) -> bytes:
        end = self._place + count
        if end > len(self._content):
            raise damaged()
        taken = bytes(self._content[self._place : end])
        self._place = end
        return taken

    def rest(self) -> memoryview:
        return self._content[self._place :]


def boxes(content: memoryview) -> Iterator[Box]:
    """Raises UnreadableImageError where one reaches beyond the end, UnsupportedFormatError above 4096."""
    place = 0
    for _ in range(MAX_BOXES):
        if place == len(content):
            return
        size, kind = int.from_bytes(content[place : place + 4]), bytes(content[place + 4 : place + 8])
        start = place + 8
        if size == 1:
            size, start = int.from_bytes(content[start : start + 8]), start + 8
        elif size == 0:  # up to the end
            size = len(content) - place
        end = place + size
        if end < start or end > len(content):
            raise damaged()
        yield Box(kind, content[start:end])
        place = end
    raise UnsupportedFormatError(f"The HEIF file has over {MAX_BOXES:,} boxes in one. Save it again as JPEG.")


def packed(kind: bytes, *parts: bytes) -> bytes:
    return (8 + sum(map(len, parts))).to_bytes(4) + kind + b"".join(parts)


def full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box that begins with its version and flags."""
    return packed(kind, bytes([version]) + flags.to_bytes(3), *parts)


def damaged() -> UnreadableImageError:
    return UnreadableImageError("The HEIC or AVIF file is truncated or damaged: its header cannot be read.")
