"""What the coded data of a HEIC picture announce (ISO 23008-2, NAL units and sequence parameter sets)."""

from collections.abc import Iterator

from fovea.errors import UnsupportedFormatError
from fovea.heif.bits import Bits, EndOfBitsError
from fovea.heif.boxes import Numbers, damaged

SEQUENCE_PARAMETERS = 33  # table 7-1
FIRST_OTHER_KIND = 32  # those below are slices of a picture
MAX_UNITS = 4096  # a picture has a unit for each of its slices, of which level 6.2 allows 600
HEADER_BYTES = 2
MAX_PARAMETERS = 256  # bytes of a set up to its size; the profiles of sub-layers take up to 90
PROFILE_BITS, LEVEL_BITS = 88, 8  # section 7.3.3


def coded_sizes(configuration: memoryview, content: bytes) -> Iterator[tuple[int, int]]:
    """Width and height of each parameter set in the configuration (ISO 14496-15, hvcC) and in the coded data.

    Raises UnsupportedFormatError for several pictures, UnreadableImageError for what is no such data.
    """
    numbers = Numbers(configuration)
    fixed = numbers.bytes(22)
    for _ in range(numbers.take(1)):
        numbers.take(1)
        for _ in range(numbers.take(2)):
            yield from _size_of(numbers.bytes(numbers.take(2)))
    pictures = 0
    for unit in _units(content, 1 + (fixed[21] & 3)):
        kind = unit[0] >> 1 & 0x3F
        pictures += kind < FIRST_OTHER_KIND and len(unit) > HEADER_BYTES and unit[HEADER_BYTES] >= 0x80
        yield from _size_of(unit)
    if pictures > 1:
        raise UnsupportedFormatError(f"The file holds {pictures:,} frames. Send a single still image.")


def _units(content: bytes, width: int) -> Iterator[bytes]:
    """Each behind its length."""
    place = 0
    for _ in range(MAX_UNITS):
        if place == len(content):
            return
        start = place + width
        length = int.from_bytes(content[place:start])
        place = start + length
        if length < HEADER_BYTES or place > len(content):
            raise damaged()
        yield content[start:place]
    raise UnsupportedFormatError(f"The HEIC file has over {MAX_UNITS:,} slices. Save it again as JPEG.")


def _size_of(unit: bytes) -> Iterator[tuple[int, int]]:
    if len(unit) < HEADER_BYTES or unit[0] >> 1 & 0x3F != SEQUENCE_PARAMETERS:
        return
    # a 3 behind two zeros keeps these from looking like a start code (section 7.4.2)
    bits = Bits(unit[HEADER_BYTES:MAX_PARAMETERS].replace(b"\0\0\3", b"\0\0"))
    try:
        yield _size(bits)
    except EndOfBitsError:
        raise damaged() from None


def _size(bits: Bits) -> tuple[int, int]:
    """Section 7.3.2.2.1, up to the size."""
    bits.take(4)
    sub_layers = bits.take(3)
    bits.take(1 + PROFILE_BITS + LEVEL_BITS)
    has_profile_and_level = [(bits.take(1), bits.take(1)) for _ in range(sub_layers)]
    if sub_layers:
        bits.take(2 * (8 - sub_layers))
    for has_profile, has_level in has_profile_and_level:
        bits.take(PROFILE_BITS * has_profile + LEVEL_BITS * has_level)
    bits.exponential()
    if bits.exponential() == 3:  # 4:4:4, whose planes may be apart
        bits.take(1)
    return bits.exponential(), bits.exponential()
