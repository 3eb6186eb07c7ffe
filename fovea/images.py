"""Decoding: bytes, a PIL image or an array become one upright 8-bit image, grey or RGB. Nothing is guessed."""

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import png_chunks, webp_chunks
from fovea.dicom import FILM_CLASSES, Film, is_dicom, read_dicom
from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.exif import upright as turned_upright
from fovea.jpeg_segments import without_descriptions
from fovea.size import check_size
from fovea.tiff_directory import first_directory_alone
from fovea.transparency import on_ground

READ_FORMATS = "PNG, JPEG, WebP or TIFF"
# A 16-bit picture below a quarter of white is 10, 12 or 14 bits in a 16-bit file: its own white is nowhere said.
LEAST_BRIGHTEST = 1 << 14

ROWS_AT_A_TIME = 64  # of a 16-bit image, so that scaling it takes little memory


@dataclass(frozen=True)
class DecodedImage:
    """One upright image of mode "L" or "RGB", 8 bits a sample. `film` is its DICOM form, where it has one.

    `warnings` are sentences on what the file leaves open, and on how the film was turned.
    """

    image: Image.Image
    film: Film | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        return () if self.film is None else self.film.warnings


# what a decoded image is made of, beside arrays
RESULT_CLASSES = (DecodedImage, Film, *FILM_CLASSES)
ImageInput = bytes | Image.Image | NDArray[Any] | DecodedImage

# The first bytes of each kind of file. A name or a content type can lie; these are what the decoder will meet.
_SIGNATURES = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "TIFF": (b"II*\x00", b"MM\x00*"),
}
_REFUSED_SIGNATURES = {
    "a GIF image": (b"GIF87a", b"GIF89a"),
    "a BMP image": (b"BM",),
    "a PDF document": (b"%PDF",),
    "a ZIP archive": (b"PK\x03\x04",),
    "an SVG drawing or other XML": (b"<svg", b"<?xml"),
}

# What Pillow's decoders raise on damaged input, over all four formats.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)


def decode(image: ImageInput, channels: int) -> Image.Image:
    """The image of `read_image` alone, for whoever has no use for warnings."""
    return read_image(image, channels).image


def read_image(image: ImageInput, channels: int) -> DecodedImage:
    """`image` in mode "L" (`channels` 1) or "RGB" (3); a decoded one is converted alone.

    EXIF orientation is applied, transparency is laid on white, or on black where white would hide all, CMYK is
    converted, 16-bit grey is scaled by 1/257 (the full range of the PNG and TIFF specifications), colour becomes grey
    by ITU-R 601 luma. A DICOM file is a grey film.

    Raises:
        UnsupportedFormatError: not PNG, JPEG, WebP, TIFF or (with one channel) DICOM; several frames; samples of more
            than 16 bits, or of 16 of which the two highest are never used.
        UnsupportedDicomError: a DICOM file that is no single, grey, frontal chest radiograph.
        ImageTooLargeError: more than 64 megapixels, read off the header before anything is decoded.
        UnreadableImageError: empty, truncated or damaged.
    """
    mode = "L" if channels == 1 else "RGB"
    if isinstance(image, DecodedImage):
        return replace(image, image=image.image.convert(mode))
    if isinstance(image, bytes | bytearray | memoryview):
        if channels == 1 and is_dicom(bytes(image)):
            film = read_dicom(bytes(image))
            return DecodedImage(film.render(), film)
        opened = _open(bytes(image))
    elif isinstance(image, Image.Image):
        opened = image
    elif isinstance(image, np.ndarray):
        opened = _from_array(image)
    else:
        raise UnsupportedFormatError(
            f"The image is a {type(image).__name__}. Pass bytes, a PIL image or a numpy array."
        )
    return DecodedImage(_flatten(opened, mode))


def _open(data: bytes) -> Image.Image:
    if not data:
        raise UnreadableImageError("The file is empty (0 bytes).")
    kind = _sniff(data)
    reduced, told, frames = _reduced(kind, data)
    # Image.open would compare the size with Pillow's own limit, a process-wide global; the format's own factory reads
    # the header only, so that the limit here is ours and the message can name both numbers.
    Image.init()
    factory = Image.OPEN[kind][0]
    try:
        opened = factory(io.BytesIO(reduced), "")
    except _DECODER_ERRORS as error:
        raise UnreadableImageError(f"The {kind} file is damaged: its header cannot be read.") from error
    opened.info.update(told)
    check_size(*opened.size)
    _check_is_still(frames)
    return opened


def _reduced(kind: str, data: bytes) -> tuple[bytes, Mapping[str, str | bytes], int]:
    """The file with nothing in it but its pixels, what says how they lie, and the number of its frames."""
    match kind:
        case "JPEG":
            return *without_descriptions(data), 1
        case "PNG":
            return *png_chunks.pixels_alone(data), 1
        case "WEBP":
            return *webp_chunks.pixels_alone(data), 1
        case _:
            reduced, frames = first_directory_alone(data)
            return reduced, {}, frames


def _check_is_still(frames: int) -> None:
    if frames > 1:
        raise UnsupportedFormatError(f"The file holds {frames} frames. Send a single still image.")


def _sniff(data: bytes) -> str:
    head = data[:16]
    for kind, signatures in _SIGNATURES.items():
        if head.startswith(signatures):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    raise UnsupportedFormatError(f"The file is {_describe(data)}. Send a {READ_FORMATS} file.")


def _describe(data: bytes) -> str:
    for description, signatures in _REFUSED_SIGNATURES.items():
        if data.startswith(signatures):
            return description
    if is_dicom(data):
        return "a DICOM file, and this model reads colour photos"
    if data[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    try:
        data[:256].decode("utf-8")
    except UnicodeDecodeError:
        return "of an unknown kind"
    return "text, not an image"


def _from_array(array: NDArray[Any]) -> Image.Image:
    shape = array.shape
    is_image = array.ndim == 2 or (array.ndim == 3 and shape[2] in (1, 3, 4))
    if array.dtype not in (np.uint8, np.uint16) or not is_image or (array.dtype == np.uint16 and array.ndim == 3):
        raise UnsupportedFormatError(
            f"The array is {array.dtype} {shape}. Pass uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), "
            "or uint16 (H, W)."
        )
    if array.size == 0:
        raise UnreadableImageError(f"The array is empty: its shape is {shape}.")
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    image = Image.fromarray(np.ascontiguousarray(array))
    check_size(*image.size)
    return image


def _flatten(image: Image.Image, mode: str) -> Image.Image:
    """Decode all pixels and bring them to `mode`, upright, without transparency."""
    check_size(*image.size)
    try:
        # An MPO is a JPEG whose further frames are previews and depth maps of the same photo: the first is the photo.
        if image.format != "MPO":
            _check_is_still(getattr(image, "n_frames", 1))  # a TIFF walks its directories, and may meet damage there
        if image.mode in ("I", "F"):  # before its pixels are decoded
            raise UnsupportedFormatError("The image has 32 bits a sample. Fovea reads 8 and 16.")
        upright = turned_upright(image)
        if upright.mode.startswith("I;16"):
            upright = _scale_16_bit(upright)
        if upright.has_transparency_data:
            upright = on_ground(upright.convert("RGBA"))
        return upright.convert(mode)
    except _DECODER_ERRORS as error:
        raise UnreadableImageError("The image is truncated or damaged: its pixels cannot be decoded.") from error


def _scale_16_bit(image: Image.Image) -> Image.Image:
    """By 257, as the full range of PNG (section 12.4, sample depth scaling) and TIFF wants it."""
    samples = np.asarray(image)
    if samples.size and samples.max() < LEAST_BRIGHTEST:
        raise UnsupportedFormatError(
            f"The image has 16 bits a sample but no value above {samples.max():,} of 65,535. "
            "Scale it to the full range, or send a DICOM file."
        )
    scaled = np.empty(samples.shape, np.uint8)
    for start in range(0, len(samples), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        scaled[rows] = (samples[rows].astype(np.uint32) + 128) // 257
    return Image.fromarray(scaled)
