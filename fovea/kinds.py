"""Which kind of file bytes are, by the first of them: a name or a content type can lie."""

import importlib.util

from fovea.dicom import is_dicom
from fovea.errors import UnsupportedFormatError
from fovea.listing import either

PHOTO_FORMATS = ("PNG", "JPEG", "WebP", "TIFF", "HEIC", "AVIF", "BMP", "GIF")
BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)  # bytes of the header behind the first 14, each a version of its own
HEIF = "HEIF"  # the container of HEIC and AVIF: what codes its picture is said inside
STILL_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"avif", b"mif1", b"mif2", b"miaf"}
MOVING_BRANDS = {b"hevc", b"hevx", b"hevm", b"hevs", b"avis", b"msf1"}
MAX_BRANDS = 64

_SIGNATURES = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "TIFF": (b"II*\x00", b"MM\x00*"),
    "GIF": (b"GIF87a", b"GIF89a"),
}
_REFUSED_SIGNATURES = {
    "a BigTIFF file": (b"II+\x00", b"MM\x00+"),
    "a JPEG XL image": (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"),
    "a JPEG 2000 image": (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "a Photoshop document": (b"8BPS",),
    "an icon": (b"\x00\x00\x01\x00",),
    "a PDF document": (b"%PDF",),
    "a ZIP archive": (b"PK\x03\x04",),
    "an SVG drawing or other XML": (b"<svg", b"<?xml"),
}


def read_formats(channels: int = 3) -> str:
    """In prose, for an image of so many channels: a film of one may be DICOM."""
    names = [name for name in PHOTO_FORMATS if name != "HEIC" or reads_heic()]
    return either([*names, "DICOM"] if channels == 1 else names)


def reads_heic() -> bool:
    """Whether pillow-heif is installed, which an installation can do without."""
    return importlib.util.find_spec("pillow_heif") is not None


def kind_of(data: bytes, channels: int = 3) -> str:
    """Pillow's name of the format, or HEIF. Raises UnsupportedFormatError, which names what the file is instead."""
    for kind, signatures in _SIGNATURES.items():
        if data.startswith(signatures):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in BMP_HEADERS:
        return "BMP"
    if _brands(data) & (STILL_BRANDS | MOVING_BRANDS):
        return HEIF
    raise UnsupportedFormatError(f"The file is {_described(data)}. Send a {read_formats(channels)} file.")


def _brands(data: bytes) -> set[bytes]:
    """What the first box says that the file may be read as (ISO 14496-12 section 4.3)."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4]), len(data), 16 + 4 * MAX_BRANDS)
    return {data[8:12], *(data[place : place + 4] for place in range(16, end - 3, 4))}


def _described(data: bytes) -> str:
    for description, signatures in _REFUSED_SIGNATURES.items():
        if data.startswith(signatures):
            return description
    if is_dicom(data):
        return "a DICOM file, and this model reads colour photos"
    if data[4:8] == b"ftyp":
        return "a raw photo" if data[8:12] == b"crx " else "a video file"
    try:
        data[:256].decode("utf-8")
    except UnicodeDecodeError:
        return "of an unknown kind"
    return "text, not an image"
