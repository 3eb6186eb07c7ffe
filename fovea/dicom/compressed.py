"""One compressed frame (PS3.5 A.4), decoded if its own header gives the size of the data set, and within its bits."""

from typing import Any

from numpy.typing import NDArray
from openjpeg.utils import decode as decode_jpeg_2000
from pydicom.encaps import generate_fragments, get_frame

from fovea.dicom.bits import Bits
from fovea.dicom.codestream import Announced, announced
from fovea.dicom.jpeg import decode_jpeg
from fovea.dicom.jpeg_2000 import START as J2K_START
from fovea.dicom.rle import decode_rle
from fovea.dicom.tags import tag_name
from fovea.dicom.transfer_syntax import TransferSyntax
from fovea.errors import UnsupportedDicomError

OFFSET_BYTES = 4
MAX_PIECES = 4096  # of a frame; writers make one, or pieces of kilobytes
STARTS = (b"\xff\xd8\xff", J2K_START)  # of a JPEG, JPEG-LS or JPEG 2000 image


def decompressed(pixel_data: bytes, syntax: TransferSyntax, rows: int, columns: int, bits: Bits) -> NDArray[Any]:
    """(rows, columns) by libjpeg or openjpeg; RLE by our own, since pylibjpeg-rle panics on damaged segments."""
    _check_is_one_frame(pixel_data)
    frame = get_frame(pixel_data, 0, number_of_frames=1)
    if syntax.is_rle:
        return decode_rle(frame, rows, columns, bits.allocated // 8)
    # A decoder takes as much memory as the compressed image announces, whatever the data set says.
    header = announced(frame, syntax)
    if (header.rows, header.columns) != (rows, columns):
        raise UnsupportedDicomError(
            f"The compressed image is {header.columns:,} x {header.rows:,} pixels, but {tag_name('Columns')} and "
            f"{tag_name('Rows')} say {columns:,} x {rows:,}."
        )
    values = decode_jpeg_2000(frame, j2k_format=0) if syntax.is_jpeg_2000 else decode_jpeg(frame)
    _check_fit(values, header, bits)
    return values


def _check_is_one_frame(pixel_data: bytes) -> None:
    """PS3.5 A.4: the first item holds the offset of each frame, if any; the others are the frames, maybe in pieces."""
    for number, item in enumerate(generate_fragments(pixel_data)):
        is_next_frame = len(item) > OFFSET_BYTES if number == 0 else number > 1 and item.startswith(STARTS)
        if is_next_frame:
            raise UnsupportedDicomError(
                f"{tag_name('PixelData')} holds more than one compressed frame. Send a single frame."
            )
        if number > MAX_PIECES:
            raise UnsupportedDicomError(
                f"{tag_name('PixelData')} is in over {MAX_PIECES:,} pieces. Send the film uncompressed."
            )


def _check_fit(values: NDArray[Any], header: Announced, bits: Bits) -> None:
    """The compressed image's bits and sign are to be the data set's (PS3.5 8.2); others do no harm while values fit."""
    low, high = bits.range
    if bits.is_signed and header.is_signed is None:
        # Two's complement in the bits stored, or extended to the compressed image's bits: writers do either.
        fits = bool(((values < 1 << bits.stored) | (values >= (1 << header.bits) + low)).all())
    else:
        fits = bool(low <= values.min() and values.max() <= high)
    if not fits:
        sign = {True: "signed ", False: "unsigned ", None: ""}[header.is_signed]
        raise UnsupportedDicomError(
            f"The compressed image holds {sign}values of {header.bits} bits that do not fit {tag_name('BitsStored')} "
            f"{bits.stored} with {tag_name('PixelRepresentation')} {int(bits.is_signed)} (PS3.5 8.2)."
        )
