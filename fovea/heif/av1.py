"""What the coded data of an AVIF picture announce (AV1 specification, sections 5.3 to 5.5)."""

from collections.abc import Iterator

from fovea.errors import UnsupportedFormatError
from fovea.heif.bits import Bits, EndOfBitsError
from fovea.heif.boxes import damaged

SEQUENCE_HEADER, FRAME_HEADER, FRAME = 1, 3, 6
HAS_EXTENSION, HAS_SIZE = 0x04, 0x02
CONFIGURATION_BYTES = 4  # before the header in av1C
MAX_UNITS = 1024
MAX_FRAMES = 8  # a picture that appears step by step has up to four
MAX_HEADER = 256  # bytes of a sequence header up to its size


def coded_sizes(configuration: memoryview, content: bytes) -> Iterator[tuple[int, int]]:
    """The largest width and height that each sequence header allows a frame.

    Raises UnsupportedFormatError for many frames, UnreadableImageError for what is no such data.
    """
    frames = 0
    for data in (bytes(configuration[CONFIGURATION_BYTES:]), content):
        for kind, unit in _units(data):
            frames += kind in (FRAME_HEADER, FRAME)
            if kind == SEQUENCE_HEADER:
                try:
                    yield from _sizes(Bits(unit[:MAX_HEADER]))
                except EndOfBitsError:
                    raise damaged() from None
    if frames > MAX_FRAMES:
        raise UnsupportedFormatError(f"The file holds {frames:,} frames. Send a single still image.")


def _units(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each (section 5.3)."""
    place = 0
    for _ in range(MAX_UNITS):
        if place == len(content):
            return
        head = content[place]
        place += 2 if head & HAS_EXTENSION else 1
        length = len(content) - place
        if head & HAS_SIZE:
            length, place = _number(content, place)
        if length < 0 or place + length > len(content):
            raise damaged()
        yield head >> 3 & 0x0F, content[place : place + length]
        place += length
    raise UnsupportedFormatError(f"The AVIF file has over {MAX_UNITS:,} units. Save it again as JPEG.")


def _number(content: bytes, place: int) -> tuple[int, int]:
    """leb128 (section 4.10.5), and the place behind it."""
    value = 0
    for index, byte in enumerate(content[place : place + 8]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, place + index + 1
    raise damaged()


def _sizes(bits: Bits) -> Iterator[tuple[int, int]]:
    """Section 5.5.1, up to the size. A frame may have one of its own where the header is not a still picture's."""
    bits.take(4)
    is_reduced = bits.take(1)
    if is_reduced:
        bits.take(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    if not is_reduced and (1 << width_bits > 2 * width or 1 << height_bits > 2 * height):
        raise UnsupportedFormatError(
            f"The AVIF file allows frames of {1 << width_bits:,} x {1 << height_bits:,} pixels for an image of "
            f"{width:,} x {height:,}. Save it again as JPEG."
        )
    yield width, height


def _skip_operating_points(bits: Bits) -> None:
    delay_bits = 0
    if bits.take(1):  # timing
        bits.take(64)
        if bits.take(1):
            bits.exponential()
        if bits.take(1):  # a model of the decoder
            delay_bits = bits.take(5) + 1
            bits.take(42)
    has_display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_display_delay and bits.take(1):
            bits.take(4)
