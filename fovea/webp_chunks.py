"""The chunks of a WebP file that its pixels need (RFC 9649 section 2), without those that describe it."""

from collections.abc import Iterator

from fovea.colour_profile import told_profile
from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.size import check_size

EXTENDED, ALPHA, LOSSY, LOSSLESS, FRAME = b"VP8X", b"ALPH", b"VP8 ", b"VP8L", b"ANMF"
PROFILE = b"ICCP"
DESCRIPTIONS = {b"EXIF": "exif", b"XMP ": "xmp"}  # and their names in Pillow's `info`
HEAD_BYTES = 8  # type and length of a chunk
ANIMATED, HAS_ALPHA = 0x02, 0x10  # of the first byte of VP8X (section 2.7)
MAX_CHUNKS = 4096  # a still image has under ten


def pixels_alone(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The WebP file reduced to its one image, and its first EXIF data, XMP data and colour profile.

    They are named as in Pillow's `info`.

    Raises:
        UnsupportedFormatError: an animation, or over 4096 chunks.
        ImageTooLargeError: more than 64 megapixels.
        UnreadableImageError: no image or several, headers of different sizes, or a chunk that reaches beyond the end.
    """
    found: dict[bytes, memoryview] = {}
    info: dict[str, bytes] = {}
    frames = 0
    for kind, content in _chunks(data):
        frames += kind == FRAME
        if kind in DESCRIPTIONS:
            info.setdefault(DESCRIPTIONS[kind], bytes(content))
        elif kind == PROFILE:
            info = told_profile(bytes(content)) | info
        elif kind in (EXTENDED, ALPHA, LOSSY, LOSSLESS) and found.setdefault(kind, content) is not content:
            raise _damaged()
    _check_is_still(found.get(EXTENDED, b""), frames)
    images = [kind for kind in (LOSSY, LOSSLESS) if kind in found]
    if len(images) != 1:
        raise _damaged()
    width, height = _size(images[0], bytes(found[images[0]][:10]))
    check_size(width, height)
    if EXTENDED in found:
        canvas = bytes(found[EXTENDED])
        if len(canvas) != 10 or _canvas_size(canvas) != (width, height):
            raise _damaged()
        found[EXTENDED] = memoryview(bytes((canvas[0] & HAS_ALPHA,)) + canvas[1:])
    parts = [part for kind in (EXTENDED, ALPHA, *images) if kind in found for part in _packed(kind, found[kind])]
    return b"".join([b"RIFF", (4 + sum(map(len, parts))).to_bytes(4, "little"), b"WEBP", *parts]), info


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Type and content, up to the end that the file's own length gives."""
    place, view = 12, memoryview(data)
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data) + 1:  # the last byte may be padding, which some writers count and leave out
        raise UnreadableImageError("The WebP file is truncated: it is shorter than its header says.")
    end = min(end, len(data))
    for _ in range(MAX_CHUNKS):
        if place + HEAD_BYTES > end:
            return
        start = place + HEAD_BYTES
        length = int.from_bytes(data[place + 4 : start], "little")
        if start + length > end:
            raise _damaged()
        yield data[place : place + 4], view[start : start + length]
        place = start + length + length % 2
    raise UnsupportedFormatError(f"The WebP file has over {MAX_CHUNKS:,} chunks. Save it again as a plain WebP.")


def _check_is_still(extended: bytes | memoryview, frames: int) -> None:
    if frames or (len(extended) and extended[0] & ANIMATED):
        what = f"{frames:,} frames" if frames > 1 else "an animation"
        raise UnsupportedFormatError(f"The file holds {what}. Send a single still image.")


def _size(kind: bytes, head: bytes) -> tuple[int, int]:
    """Width and height that the image itself announces (RFC 6386 section 9.1, RFC 9649 section 3.4)."""
    if kind == LOSSY and len(head) == 10 and head[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    if kind == LOSSLESS and len(head) >= 5 and head[0] == 0x2F:
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise _damaged()


def _canvas_size(extended: bytes) -> tuple[int, int]:
    return int.from_bytes(extended[4:7], "little") + 1, int.from_bytes(extended[7:10], "little") + 1


def _packed(kind: bytes, content: memoryview) -> list[bytes | memoryview]:
    return [kind, len(content).to_bytes(4, "little"), content, bytes(len(content) % 2)]


def _damaged() -> UnreadableImageError:
    return UnreadableImageError("The WebP file is damaged: its header cannot be read.")
