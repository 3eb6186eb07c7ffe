"""The chunks of a PNG file that its pixels need (PNG third edition, section 5), without those that describe it.

Pillow unfolds texts and colour profiles while it opens a file, and takes a file for damaged where they are large. What
says how the image is to be turned is read here, and unfolded no further than that needs.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from fovea.colour_profile import MAX_PROFILE_BYTES, told_profile
from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.size import check_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Those that pixels depend on: sizes, palette, transparency. A colour profile is read apart.
NEEDED = (b"IHDR", b"PLTE", b"tRNS")
CONTROL_BYTES = 12  # length, type and checksum of a chunk
MAX_CHUNKS = 65_536  # of a kilobyte each in the largest body that is read; writers make them of 8 kB and more
MAX_PALETTE_BYTES = 768  # 256 colours; transparency takes less
MAX_TEXT_BYTES = 1 << 20  # of a text that may say how the image lies; what is behind that is not read
MAX_KEYWORD_BYTES, MAX_NAMES_BYTES = 80, 1024
BIT_DEPTH_AT = 24  # in a file that begins with its header
GREY, RGB = 0, 2  # kinds of colour that a transparent one may be named of (section 11.2.1)
APPLES_OWN = b"CgBI"  # the first chunk of what Xcode makes of a PNG, whose pixels other readers cannot unpack
EXIF_PROFILE, XMP = b"Raw profile type exif", b"XML:com.adobe.xmp"  # the keywords of such texts


class _Chunk(NamedTuple):
    kind: bytes
    content: memoryview
    whole: memoryview


def pixels_alone(data: bytes) -> tuple[bytes, dict[str, bytes | str]]:
    """The PNG file reduced to the chunks that its pixels need, and what says how it lies, as in Pillow's `info`.

    Raises:
        UnsupportedFormatError: an animation, Apple's own form, or over 65,536 chunks.
        ImageTooLargeError: more than 64 megapixels.
        UnreadableImageError: no header at the start, chunks in a wrong order, or a chunk that reaches beyond the end.
    """
    kept: list[bytes | memoryview] = []
    pixels: list[memoryview] = []
    info: dict[str, bytes | str] = {}
    has_ended = False
    for number, chunk in enumerate(_chunks(data)):
        if number == 0 and chunk.kind == APPLES_OWN:
            raise UnsupportedFormatError("The PNG file is in Apple's own form (CgBI). Save it again as a plain PNG.")
        if (number == 0) != (chunk.kind == b"IHDR"):
            raise _damaged()
        if chunk.kind == b"IDAT":
            if has_ended:
                raise _damaged()
            pixels.append(chunk.content)
            continue
        has_ended = bool(pixels)
        if chunk.kind in NEEDED and not has_ended:
            _check_length(chunk)
            kept.extend(_scaled_transparency(kept[0], chunk) if chunk.kind == b"tRNS" and kept else [chunk.whole])
        elif chunk.kind == b"acTL":
            _check_is_still(chunk)
        else:
            _note_how_it_lies(chunk, info)
    if not pixels:
        raise _damaged()
    # One chunk for all the pixels: a decoder goes through many of them slowly.
    return b"".join([SIGNATURE, *kept, *_packed(b"IDAT", pixels), *_packed(b"IEND", [])]), info


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Up to the end marker, or to the end of a file that breaks off within its pixels or behind them.

    The decoder tells whether pixels are missing.
    """
    place, view, has_pixels = len(SIGNATURE), memoryview(data), False
    for _ in range(MAX_CHUNKS):
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        end = place + CONTROL_BYTES + length
        if kind == b"IEND" or len(kind) < 4:
            return
        has_pixels |= kind == b"IDAT"
        if end > len(data) and kind != b"IDAT":
            if has_pixels:
                return
            raise _damaged()
        yield _Chunk(kind, view[place + 8 : end - 4], view[place:end])
        place = end
    raise UnsupportedFormatError(f"The PNG file has over {MAX_CHUNKS:,} chunks. Save it again as a plain PNG.")


def _check_length(chunk: _Chunk) -> None:
    if chunk.kind == b"IHDR":
        if len(chunk.content) != 13:
            raise _damaged()
        check_size(int.from_bytes(chunk.content[:4]), int.from_bytes(chunk.content[4:8]))
    elif len(chunk.content) > MAX_PALETTE_BYTES:
        raise _damaged()


def _check_is_still(chunk: _Chunk) -> None:
    """Animated PNG keeps further frames in chunks of its own, which other decoders skip."""
    frames = int.from_bytes(chunk.content[:4])
    if frames > 1:
        raise UnsupportedFormatError(f"The file holds {frames:,} frames. Send a single still image.")


def _note_how_it_lies(chunk: _Chunk, info: dict[str, bytes | str]) -> None:
    """The first of each kind counts."""
    if chunk.kind == b"eXIf":
        info.setdefault("exif", bytes(chunk.content))
    elif chunk.kind == b"iCCP" and "icc_profile" not in info:
        info.update(told_profile(_profile(chunk)))
    elif chunk.kind in (b"tEXt", b"zTXt", b"iTXt"):
        keyword = bytes(chunk.content[:MAX_KEYWORD_BYTES]).partition(b"\0")[0]
        if keyword in (EXIF_PROFILE, XMP) and keyword.decode() not in info:
            info[keyword.decode()] = _text(chunk, len(keyword) + 1).decode("latin-1")


def _profile(chunk: _Chunk) -> bytes:
    """The colour profile behind its name (section 11.3.2.3), up to the first byte too many."""
    name = bytes(chunk.content[:MAX_KEYWORD_BYTES]).partition(b"\0")[0]
    return _unfolded(chunk.content[len(name) + 2 :], MAX_PROFILE_BYTES + 1)


def _scaled_transparency(header: bytes | memoryview, chunk: _Chunk) -> list[bytes | memoryview]:
    """The chunk, whose one transparent grey or colour is scaled to 8 bits as Pillow scales the pixels."""
    bits, colour = header[16], header[17]
    if bits == 8 or colour not in (GREY, RGB) or (bits == 16 and colour == GREY):
        return [chunk.whole]
    given = [int.from_bytes(chunk.content[place : place + 2]) for place in range(0, len(chunk.content), 2)]
    scaled = [value >> 8 if bits == 16 else value * 255 // ((1 << bits) - 1) for value in given]
    return _packed(chunk.kind, [memoryview(b"".join((value & 0xFFFF).to_bytes(2) for value in scaled))])


def _text(chunk: _Chunk, place: int) -> bytes:
    """At most a megabyte of the text at `place`, behind its keyword (section 11.3); empty if it cannot be unfolded."""
    is_compressed = chunk.kind == b"zTXt"
    if chunk.kind == b"zTXt":
        place += 1  # the method, of which there is one
    elif chunk.kind == b"iTXt":
        is_compressed = bytes(chunk.content[place : place + 1]) == b"\1"
        names = bytes(chunk.content[place + 2 : place + MAX_NAMES_BYTES]).split(b"\0", 2)  # language, keyword, text
        place += 2 + sum(len(name) + 1 for name in names[:2])
    text = chunk.content[place:]
    if not is_compressed:
        return bytes(text[:MAX_TEXT_BYTES])
    return _unfolded(text, MAX_TEXT_BYTES)


def _unfolded(content: memoryview, most: int) -> bytes:
    """At most so many bytes; empty if they cannot be unfolded."""
    try:
        return zlib.decompressobj().decompress(content, most)
    except zlib.error:
        return b""


def _packed(kind: bytes, content: list[memoryview]) -> list[bytes | memoryview]:
    """The parts of a chunk."""
    checksum = zlib.crc32(kind)
    for part in content:
        checksum = zlib.crc32(part, checksum)
    return [sum(map(len, content)).to_bytes(4), kind, *content, checksum.to_bytes(4)]


def _damaged() -> UnreadableImageError:
    return UnreadableImageError("The PNG file is damaged: its header cannot be read.")
