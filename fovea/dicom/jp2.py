"""The boxes of a JP2 file (ISO 15444-1 annex I), which some writers leave around the codestream of a film."""

import struct
from collections.abc import Iterator

from fovea.errors import UnreadableImageError, UnsupportedCompressionError

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"  # I.5.1
CODESTREAM, HEADER, PALETTE = b"jp2c", b"jp2h", b"pclr"
MAX_BOXES = 256  # of one level; writers make a handful
HEADER_BYTES, LONG_HEADER_BYTES = 8, 16


def codestream_of(image: bytes) -> bytes:
    """The codestream in the boxes; `image` itself where it has none.

    Raises UnsupportedCompressionError for a palette, which would give the pixels other values, and UnreadableImageError
    for boxes without a codestream.
    """
    if not image.startswith(SIGNATURE):
        return image
    for kind, start, end in _boxes(image, 0, len(image)):
        if kind == HEADER and any(inner == PALETTE for inner, _, _ in _boxes(image, start, end)):
            raise UnsupportedCompressionError("The compressed image has a palette. Send the film uncompressed.")
        if kind == CODESTREAM:
            return image[start:end]
    raise UnreadableImageError("The DICOM file is damaged: its JP2 boxes hold no codestream.")


def _boxes(image: bytes, place: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the content of each box (I.4)."""
    for _ in range(MAX_BOXES):
        if stop - place < HEADER_BYTES:
            return
        length, kind = struct.unpack_from(">I4s", image, place)
        start = place + HEADER_BYTES
        if length == 1 and stop - place >= LONG_HEADER_BYTES:
            (length,) = struct.unpack_from(">Q", image, start)
            start = place + LONG_HEADER_BYTES
        end = stop if length == 0 else place + length
        if not start <= end <= stop:
            raise UnreadableImageError("The DICOM file is damaged: a JP2 box reaches beyond the end of its image.")
        yield kind, start, end
        place = end
