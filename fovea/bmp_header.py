"""What the header of a BMP file announces, checked before a pixel is made (BITMAPINFOHEADER to BITMAPV5HEADER)."""

import struct

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.size import check_size

CORE_HEADER, WITH_ALPHA = 12, 56  # bytes of the oldest header, and of the first with a mask for alpha
RAW, MASKS = 0, 3
COMPRESSIONS = {1: "run lengths", 2: "run lengths", 4: "JPEG", 5: "PNG", 6: "masks with alpha"}
BITS = (1, 4, 8, 16, 24, 32)
RED, GREEN, BLUE, ALPHA = 0xFF0000, 0xFF00, 0xFF, 0xFF000000
READ_MASKS = {
    16: {(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)},
    32: {(RED, GREEN, BLUE), (BLUE, GREEN, RED), (ALPHA, RED, GREEN), (0, 0, 0)},
}


def check_header(data: bytes) -> None:
    """Hold the header of a BMP file to what is read.

    Raises:
        UnsupportedFormatError: a compression, a number of bits or an order of colours that is not read.
        ImageTooLargeError: more than 64 megapixels.
        UnreadableImageError: the header breaks off, or its size is none.
    """
    try:
        _check(data)
    except struct.error:
        raise UnreadableImageError("The BMP file is truncated: its header is incomplete.") from None


def _check(data: bytes) -> None:
    (header,) = struct.unpack_from("<I", data, 14)
    compression = RAW
    if header == CORE_HEADER:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    check_size(width, abs(height))  # one below 0 counts lines from the top
    if compression not in (RAW, MASKS):
        named = COMPRESSIONS.get(compression, f"method {compression}")
        raise UnsupportedFormatError(f"The BMP file is compressed by {named}. Save it uncompressed, or as PNG.")
    if bits not in BITS:
        raise UnsupportedFormatError(f"The BMP file has {bits} bits a pixel. Save it with 24, or as PNG.")
    if compression == MASKS:
        masks = struct.unpack_from("<III", data, 54)
        if masks not in READ_MASKS.get(bits, ()) or not _has_usual_alpha(data, header, masks):
            raise UnsupportedFormatError(
                "The BMP file stores colours by unusual masks. Save it with 24 bits, or as PNG."
            )


def _has_usual_alpha(data: bytes, header: int, masks: tuple[int, ...]) -> bool:
    """In the byte that the colours leave, or nowhere."""
    alpha = struct.unpack_from("<I", data, 66)[0] if header >= WITH_ALPHA else 0
    return alpha == 0 or alpha == 0xFFFFFFFF & ~sum(masks)
