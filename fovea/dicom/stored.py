"""Stored pixel values: the bits of the Image Pixel module (PS3.3 C.7.6.3) as whole numbers."""

from typing import Any

from numpy.typing import NDArray
from pydicom.pixels.decoders.base import get_decoder

from fovea.dicom.bits import Bits
from fovea.dicom.compressed import StoredValues, decompressed
from fovea.dicom.damage import PARSER_ERRORS, PIXELS_DAMAGED
from fovea.dicom.header import Header
from fovea.dicom.part10 import PixelData
from fovea.dicom.tags import tag_name
from fovea.errors import UnreadableImageError, UnsupportedDicomError


def stored_values(pixel_data: PixelData, header: Header) -> StoredValues:
    """Of the kind and the size that the header's bits say: int8 to uint16."""
    try:
        array, warnings, has_fewer_bits = _decoded(pixel_data, header)
    except PARSER_ERRORS:
        raise UnreadableImageError(PIXELS_DAMAGED) from None
    if array.shape != (header.frame.rows, header.frame.columns):
        raise UnreadableImageError(PIXELS_DAMAGED)
    if header.bits.lowest:
        array, shifted = _shifted(array, header)
        warnings += (shifted,)
    return StoredValues(_meaningful_bits(array, header.bits), warnings, has_fewer_bits)


def _shifted(samples: NDArray[Any], header: Header) -> tuple[NDArray[Any], str]:
    """Pixels that lie in the highest bits, as editions of PS3.5 up to 2014 allowed, and a warning.

    Only where they prove it: nothing lies below the lowest bit stored, and something above what would be the highest.
    """
    bits, values = header.bits, samples.astype(f"u{header.bits.allocated // 8}", copy=False)
    found = f"{tag_name('HighBit')} is {bits.lowest + bits.stored - 1} with {bits.stored} bits stored"
    is_native = not header.syntax.is_encapsulated or header.syntax.is_rle
    is_proven = is_native and not (values & ((1 << bits.lowest) - 1)).any() and int(values.max()) >> bits.stored
    if not is_proven or header.padding is not None:
        raise UnreadableImageError(
            f"The DICOM file contradicts itself: {found}, but its pixels do not prove it. "
            f"It must be {bits.stored - 1} (PS3.5 8.1.1)."
        )
    return values >> bits.lowest, f"{found}. The pixels were shifted by {bits.lowest} bits."


def _decoded(pixel_data: PixelData, header: Header) -> StoredValues:
    frame, bits = header.frame, header.bits
    if header.syntax.is_encapsulated:
        return decompressed(pixel_data, header.syntax, frame.rows, frame.columns, bits)
    if pixel_data.is_undefined:
        raise UnreadableImageError(
            f"The DICOM file contradicts itself: its transfer syntax is {header.syntax.name}, but "
            f"{tag_name('PixelData')} is compressed. Export it again."
        )
    _check_is_one_native_frame(len(pixel_data.content), frame.rows, frame.columns, bits.allocated)
    options: Any = {
        "view_only": header.syntax.is_little_endian,  # no copy, unless bytes change places
        "correct_unused_bits": False,  # see _meaningful_bits
        "rows": frame.rows,
        "columns": frame.columns,
        "number_of_frames": 1,
        "samples_per_pixel": 1,
        "photometric_interpretation": frame.photometric,
        "bits_allocated": bits.allocated,
        "bits_stored": bits.stored,
        "pixel_representation": int(bits.is_signed),
        "pixel_keyword": "PixelData",
        "pixel_vr": pixel_data.vr,
    }
    decoder = get_decoder(header.syntax.uid)
    return StoredValues(decoder.as_array(pixel_data.content, index=0, raw=True, **options)[0])


def _meaningful_bits(samples: NDArray[Any], bits: Bits) -> NDArray[Any]:
    """Without what overlays may have left above BitsStored; two's complement in that many bits where signed."""
    width = bits.allocated // 8
    values = samples.astype(f"u{width}", copy=False)
    if bits.stored < bits.allocated:
        values = values & ((1 << bits.stored) - 1)
        if bits.is_signed:  # the highest of them becomes the sign; whole numbers wrap around
            half = 1 << (bits.stored - 1)
            values ^= half
            values -= half
    return values.view(f"i{width}") if bits.is_signed else values


def _check_is_one_native_frame(held: int, rows: int, columns: int, allocated: int) -> None:
    """PS3.5 8.1.1: the pixels of one frame, and a byte to an even length; what writers pad beyond that is let pass."""
    needed = rows * columns * allocated // 8
    pixels = f"{columns:,} x {rows:,} pixels of {allocated} bits need {needed:,}"
    if held < needed:
        raise UnreadableImageError(
            f"The DICOM file is truncated: {tag_name('PixelData')} holds {held:,} bytes. {pixels}."
        )
    if held >= max(2 * needed, needed + 2):
        raise UnsupportedDicomError(f"{tag_name('PixelData')} holds {held:,} bytes. {pixels}. Send a single frame.")
