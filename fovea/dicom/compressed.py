"""A compressed film, decoded if its own header gives the size of the data set, and within its bits."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from openjpeg.utils import decode as decode_jpeg_2000

from fovea.dicom.bits import Bits
from fovea.dicom.encapsulated import compressed_frame
from fovea.dicom.jp2 import codestream_of
from fovea.dicom.jpeg import decode_jpeg
from fovea.dicom.jpeg_2000 import closed_codestream, jpeg_2000_header
from fovea.dicom.jpeg_ls import decode_jpeg_ls
from fovea.dicom.jpeg_markers import SEQUENTIAL, film_jpeg
from fovea.dicom.jpeg_scan import plain_jpeg
from fovea.dicom.part10 import PixelData
from fovea.dicom.rle import decode_rle
from fovea.dicom.tags import tag_name
from fovea.dicom.transfer_syntax import JPEG_FIRST_ORDER, TransferSyntax
from fovea.errors import UnreadableImageError, UnsupportedDicomError
from fovea.jpeg_markers import JPEG_LS

JPEG_BITS = range(2, 17)
OVERSHOOT = 1 / 8  # of the range of the bits stored; rounding and ringing of lossy codes stay below it


class StoredValues(NamedTuple):
    """(rows, columns) as stored, and warnings. `has_fewer_bits` where the data set says more than there are."""

    values: NDArray[Any]
    warnings: tuple[str, ...] = ()
    has_fewer_bits: bool = False


class Compressed(NamedTuple):
    """An image that can be decoded safely, and what it announces.

    `has_sign` is None for JPEG and JPEG-LS, which leave that to the data set. `is_lossy` where its values are not
    exactly those that were compressed. `decode` gives the samples of the image.
    """

    image: bytes
    rows: int
    columns: int
    bits: int
    has_sign: bool | None
    is_lossy: bool
    decode: Callable[[bytes], NDArray[Any]]
    point_transform: int = 0


def decompressed(pixels: PixelData, syntax: TransferSyntax, rows: int, columns: int, bits: Bits) -> StoredValues:
    """By libjpeg, CharLS or openjpeg; RLE by our own, since pylibjpeg-rle panics on damage."""
    frame = compressed_frame(pixels, syntax)
    if syntax.is_rle:
        return StoredValues(decode_rle(frame, rows, columns, bits.allocated // 8))
    # A decoder takes as much memory as the compressed image announces, whatever the data set says.
    compressed = _jpeg_2000(frame, syntax) if syntax.is_jpeg_2000 else _jpeg(frame, syntax)
    if (compressed.rows, compressed.columns) != (rows, columns):
        raise UnreadableImageError(
            f"The compressed image is {compressed.columns:,} x {compressed.rows:,} pixels, but {tag_name('Columns')} "
            f"and {tag_name('Rows')} say {columns:,} x {rows:,}."
        )
    warnings = _warnings_on_precision(compressed, bits)
    values = compressed.decode(compressed.image)
    if compressed.point_transform:
        values = values.astype(np.uint16) << compressed.point_transform
    return StoredValues(_within(values, compressed, bits), warnings, has_fewer_bits=bool(warnings))


def _jpeg_2000(frame: bytes, syntax: TransferSyntax) -> Compressed:
    codestream = codestream_of(frame)
    header = jpeg_2000_header(codestream)
    image = closed_codestream(codestream)
    decode = partial(decode_jpeg_2000, j2k_format=0)
    return Compressed(image, header.rows, header.columns, header.bits, header.is_signed, syntax.is_lossy, decode)


def _jpeg(frame: bytes, syntax: TransferSyntax) -> Compressed:
    film = film_jpeg(frame)
    header = film.header
    if header.components != 1:
        raise UnsupportedDicomError(
            f"The compressed image has {header.components} components. Fovea reads grey films, which have 1."
        )
    if header.bits not in JPEG_BITS:
        raise UnreadableImageError(f"The DICOM file is damaged: its JPEG image has samples of {header.bits} bits.")
    plain = plain_jpeg(frame, film, is_first_order=syntax == JPEG_FIRST_ORDER)
    is_lossy = film.process in SEQUENTIAL or plain.near > 0
    decode = decode_jpeg_ls if film.process == JPEG_LS else decode_jpeg
    return Compressed(
        plain.image, header.rows, header.columns, header.bits, None, is_lossy, decode, plain.point_transform
    )


def _warnings_on_precision(compressed: Compressed, bits: Bits) -> tuple[str, ...]:
    """Fewer bits than are stored (PS3.5 8.2.1): exact values are what they are, lossy ones may have been rescaled."""
    if compressed.bits >= bits.stored:
        return ()
    found = f"its compressed image has samples of {compressed.bits} bits, but {tag_name('BitsStored')} is {bits.stored}"
    if compressed.is_lossy:
        raise UnreadableImageError(f"The DICOM file contradicts itself: {found} (PS3.5 8.2). Export it again.")
    return (f"The file contradicts itself: {found}. The values were read as they are.",)


def _within(values: NDArray[Any], compressed: Compressed, bits: Bits) -> NDArray[Any]:
    """The compressed image's bits and sign are to be the data set's (PS3.5 8.2); others do no harm while values fit.

    Lossy codes overshoot a little, which is clipped.
    """
    low, high = bits.range
    if bits.is_signed and compressed.has_sign is None:
        # Two's complement in the bits stored, or extended to the compressed image's bits: writers do either.
        fits = bool(((values < 1 << bits.stored) | (values >= (1 << compressed.bits) + low)).all())
    else:
        least, greatest = int(values.min()), int(values.max())
        fits = low <= least and greatest <= high
        margin = OVERSHOOT * (high - low)
        if not fits and compressed.is_lossy and low - margin <= least and greatest <= high + margin:
            values, fits = np.clip(values, low, high), True
    if not fits:
        sign = {True: "signed ", False: "unsigned ", None: ""}[compressed.has_sign]
        raise UnreadableImageError(
            f"The compressed image holds {sign}values of {compressed.bits} bits that do not fit "
            f"{tag_name('BitsStored')} {bits.stored} with {tag_name('PixelRepresentation')} {int(bits.is_signed)} "
            "(PS3.5 8.2)."
        )
    return values
