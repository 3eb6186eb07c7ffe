"""What a compressed image announces in its own header: size and bits, nothing that would exhaust a decoder's memory."""

from typing import NamedTuple

from fovea.dicom.jpeg_2000 import jpeg_2000_header
from fovea.dicom.jpeg_markers import frame_header
from fovea.dicom.transfer_syntax import TransferSyntax
from fovea.errors import UnreadableImageError, UnsupportedDicomError

JPEG_BITS = range(2, 17)


class Announced(NamedTuple):
    """`bits` of a sample, and whether it has a sign: None for JPEG and JPEG-LS, which leave that to the data set."""

    rows: int
    columns: int
    bits: int
    is_signed: bool | None


def announced(frame: bytes, syntax: TransferSyntax) -> Announced:
    """The header of one JPEG, JPEG-LS or JPEG 2000 image."""
    return _jpeg_2000(frame) if syntax.is_jpeg_2000 else _jpeg(frame)


def _jpeg_2000(frame: bytes) -> Announced:
    header = jpeg_2000_header(frame)
    return Announced(header.rows, header.columns, header.bits, header.is_signed)


def _jpeg(frame: bytes) -> Announced:
    header = frame_header(frame)
    if header.components != 1:
        raise UnsupportedDicomError(
            f"The compressed image has {header.components} components. Fovea reads grey films, which have 1."
        )
    if header.bits not in JPEG_BITS:
        raise UnreadableImageError(f"The DICOM file is damaged: its JPEG image has samples of {header.bits} bits.")
    return Announced(header.rows, header.columns, header.bits, None)
