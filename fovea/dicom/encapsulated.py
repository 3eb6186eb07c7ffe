"""The one compressed frame in PixelData (PS3.5 A.4): an item of offsets, then the frame, maybe in pieces."""

from itertools import islice

from pydicom.encaps import generate_fragments

from fovea.dicom.jp2 import SIGNATURE as JP2_START
from fovea.dicom.jpeg_2000 import START as J2K_START
from fovea.dicom.part10 import PixelData
from fovea.dicom.tags import tag_name
from fovea.dicom.transfer_syntax import TransferSyntax
from fovea.errors import UnreadableImageError, UnsupportedCompressionError, UnsupportedDicomError

OFFSET_BYTES = 4
MAX_PIECES = 4096  # of a frame; writers make one, or pieces of kilobytes
ITEM = b"\xfe\xff\0\xe0"  # compressed films are little endian
JPEG_START = b"\xff\xd8\xff"
# What each image starts with. RLE starts with a number.
STARTS = {JPEG_START: "JPEG or JPEG-LS", J2K_START: "JPEG 2000", JP2_START: "JPEG 2000"}


def compressed_frame(pixels: PixelData, syntax: TransferSyntax) -> bytes:
    """The frame in one piece. Offsets are not needed to find a single one, so wrong ones do no harm.

    Raises:
        UnreadableImageError: pixels that are not compressed, or by another method than the transfer syntax says.
        UnsupportedDicomError: more than one frame.
        UnsupportedCompressionError: thousands of pieces.
    """
    if not (pixels.is_undefined or pixels.content.startswith(ITEM)):
        raise UnreadableImageError(
            f"The DICOM file contradicts itself: its transfer syntax is {syntax.name}, but {tag_name('PixelData')} is "
            "not compressed. Export it again."
        )
    offsets, *pieces = list(islice(generate_fragments(pixels.content), MAX_PIECES + 2)) or [b""]
    if offsets.startswith(tuple(STARTS)):  # no offset of one frame has these bytes
        offsets, pieces = b"", [offsets, *pieces]
    if len(pieces) > MAX_PIECES:
        raise UnsupportedCompressionError(
            f"{tag_name('PixelData')} is in over {MAX_PIECES:,} pieces. Send the film uncompressed."
        )
    pieces = list(filter(None, pieces)) or [b""]
    has_more = len(offsets) > OFFSET_BYTES and len(pieces) > 1
    if has_more or any(piece.startswith(tuple(STARTS)) for piece in pieces[1:]):
        raise UnsupportedDicomError(
            f"{tag_name('PixelData')} holds more than one compressed frame. Send a single frame."
        )
    frame = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    _check_method(frame, syntax)
    return frame


def _check_method(frame: bytes, syntax: TransferSyntax) -> None:
    found = next((name for start, name in STARTS.items() if frame.startswith(start)), None)
    expected = None if syntax.is_rle else "JPEG 2000" if syntax.is_jpeg_2000 else "JPEG or JPEG-LS"
    if found is not None and found != expected:
        raise UnreadableImageError(
            f"The DICOM file contradicts itself: its transfer syntax is {syntax.name}, but its image is {found}. "
            "Export it again."
        )
