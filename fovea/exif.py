"""The orientation of an image, read from its EXIF or XMP data without unfolding anything else in them."""

import re
import struct
from typing import Any

from PIL import Image

ORIENTATION = 0x0112  # EXIF 3.0 4.6.5 (tag 274); 1 is upright
ORIENTATIONS = range(1, 9)
NUMBERS = {1: "B", 3: "H", 4: "I"}  # TIFF 6.0 section 2: BYTE, SHORT, LONG
ENTRY_BYTES = 12
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
CARRIERS = ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp")  # where Pillow keeps an orientation in `info`
IN_XMP = re.compile(r'tiff:Orientation(?:="|>)([0-9])')


def upright(image: Image.Image) -> Image.Image:
    """`image`, turned as its EXIF or XMP data say. Pillow turns a TIFF itself while it loads the pixels."""
    image.load()  # a PNG may have its EXIF data behind the pixels
    method = UPRIGHT.get(orientation(image.info))
    if method is None or image.format == "TIFF":
        return image
    turned = image.transpose(method)
    for carrier in CARRIERS:  # else whoever is given the turned image turns it again
        turned.info.pop(carrier, None)
    return turned


def orientation(info: dict[Any, Any]) -> int:
    """1 to 8 of `info`, as Pillow fills it; 1 where nothing is said.

    Many small entries can share one large value, so that a copy of each would take gigabytes.
    """
    exif, raw = info.get("exif"), info.get("Raw profile type exif")
    if exif is None and raw is not None:
        exif = _from_hex("".join(raw.split("\n")[3:]))
    found = _first_directory(exif) if exif else None
    return found if found is not None else _of_xmp(info.get("XML:com.adobe.xmp") or info.get("xmp") or "")


def _from_hex(digits: str) -> bytes:
    """Empty where they are no such digits: what a file says of itself does not keep it from being read."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def _first_directory(exif: bytes) -> int | None:
    """The orientation in the first directory of the TIFF file that EXIF data are (TIFF 6.0 section 2)."""
    tiff = re.sub(b"^(Exif\0\0){1,2}", b"", exif)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return None
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return None
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    for place in range(start + 2, min(start + 2 + ENTRY_BYTES * count, len(tiff) - ENTRY_BYTES + 1), ENTRY_BYTES):
        tag, kind, values = struct.unpack_from(f"{order}HHI", tiff, place)
        if tag == ORIENTATION and kind in NUMBERS and values == 1:
            value = int(struct.unpack_from(order + NUMBERS[kind], tiff, place + 8)[0])
            return value if value in ORIENTATIONS else None
    return None


def _of_xmp(xmp: str | bytes) -> int:
    said = IN_XMP.search(xmp if isinstance(xmp, str) else xmp.decode("latin-1"))
    return int(said[1]) if said else 1
