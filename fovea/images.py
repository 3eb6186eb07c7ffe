"""Decoding: bytes, a PIL image or an array become one upright 8-bit image, grey or RGB. Nothing is guessed."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea.arrays import image_of_array
from fovea.codecs import DECODER_ERRORS, open_header
from fovea.colour_profile import in_srgb
from fovea.dicom import FILM_CLASSES, Film, is_dicom, read_dicom
from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.exif import upright as turned_upright
from fovea.jpeg_end import with_end
from fovea.kinds import kind_of
from fovea.reduced_file import ReducedFile, reduced_file
from fovea.sixteen_bits import check_colours, grey_in_eight
from fovea.size import check_size
from fovea.transparency import on_ground, without_empty_alpha


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
FROM_MEMORY = ReducedFile("", b"")
ImageInput = bytes | Image.Image | NDArray[Any] | DecodedImage


def decode(image: ImageInput, channels: int) -> Image.Image:
    """The image of `read_image` alone, for whoever has no use for warnings."""
    return read_image(image, channels).image


def read_image(image: ImageInput, channels: int) -> DecodedImage:
    """`image` in mode "L" (`channels` 1) or "RGB" (3); a decoded one is converted alone.

    EXIF orientation is applied, transparency is laid on white, or on black where white would hide all, CMYK is
    converted, 16-bit grey is scaled by 1/257 (the full range of the PNG and TIFF specifications), colour becomes grey
    by ITU-R 601 luma. With three channels, colours of an ICC profile become sRGB. A DICOM file is a grey film.

    Raises:
        UnsupportedFormatError: none of PHOTO_FORMATS, nor (with one channel) DICOM; several frames; samples of more
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
        return DecodedImage(_decoded(bytes(image), channels))
    if isinstance(image, Image.Image):
        return DecodedImage(_flattened(image, mode))
    if isinstance(image, np.ndarray):
        return DecodedImage(_flattened(image_of_array(image), mode))
    raise UnsupportedFormatError(f"The image is a {type(image).__name__}. Pass bytes, a PIL image or a numpy array.")


def _decoded(data: bytes, channels: int) -> Image.Image:
    if not data:
        raise UnreadableImageError("The file is empty (0 bytes).")
    file = reduced_file(kind_of(data, channels), data)
    if not file.has_end:
        file = replace(file, content=with_end(file.content))
    opened = open_header(file)
    opened.info.update(file.told)
    check_size(*opened.size)
    _check_is_still(file.frames)
    return _flattened(opened, "L" if channels == 1 else "RGB", file)


def _check_is_still(frames: int) -> None:
    if frames > 1:
        raise UnsupportedFormatError(f"The file holds {frames} frames. Send a single still image.")


def _flattened(image: Image.Image, mode: str, file: ReducedFile = FROM_MEMORY) -> Image.Image:
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
            upright = grey_in_eight(upright, 12 if file.bits == 12 else 16, is_inverted=file.is_inverted)
        elif file.bits == 16:
            check_colours(upright)
        if mode == "RGB":  # a grey film has no colours, and its greys are measurements
            upright = in_srgb(upright, image.info.get("icc_profile"))
        if file.kind == "BMP":
            upright = without_empty_alpha(upright)
        if upright.has_transparency_data:
            upright = on_ground(upright.convert("RGBA"))
        return upright.convert(mode)
    except DECODER_ERRORS as error:
        raise UnreadableImageError("The image is truncated or damaged: its pixels cannot be decoded.") from error
