"""Stored pixel values: the bits of the Image Pixel module (PS3.3 C.7.6.3) as whole numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder

from fovea.dicom.bits import Bits
from fovea.dicom.compressed import decompressed
from fovea.dicom.damage import PARSER_ERRORS
from fovea.dicom.part10 import TransferSyntax
from fovea.dicom.tags import numbers, tag_name, whole
from fovea.errors import UnreadableImageError, UnsupportedDicomError

DAMAGED = "The DICOM file is truncated or damaged: its pixels cannot be decoded."
MAX_ASPECT = 4.0


def stored_values(dataset: Dataset, syntax: TransferSyntax) -> NDArray[np.int32]:
    """int32 (Rows, Columns)."""
    bits = Bits.of(dataset)
    rows, columns = whole(dataset, "Rows", range(1, 65_536)), whole(dataset, "Columns", range(1, 65_536))
    try:
        array = _decoded(dataset, syntax, rows, columns, bits)
    except PARSER_ERRORS:
        raise UnreadableImageError(DAMAGED) from None
    if array.shape != (rows, columns):
        raise UnreadableImageError(DAMAGED)
    return _meaningful_bits(array.astype(np.int32), bits)


def _decoded(dataset: Dataset, syntax: TransferSyntax, rows: int, columns: int, bits: Bits) -> NDArray[Any]:
    pixel_data = dataset.PixelData or b""
    if syntax.is_encapsulated:
        return decompressed(pixel_data, syntax, rows, columns, bits)
    _check_is_one_native_frame(len(pixel_data), rows, columns, bits.allocated)
    return get_decoder(syntax.uid).as_array(dataset, index=0, raw=True)[0]


def _meaningful_bits(values: NDArray[np.int32], bits: Bits) -> NDArray[np.int32]:
    """Without what overlays may have left above BitsStored; two's complement in that many bits where signed."""
    values &= (1 << bits.stored) - 1
    if bits.is_signed:
        values[values >= 1 << (bits.stored - 1)] -= 1 << bits.stored
    return values


def _check_is_one_native_frame(held: int, rows: int, columns: int, allocated: int) -> None:
    """PS3.5 8.1.1: the pixels of one frame, and a byte to an even length; what writers pad beyond that is let pass."""
    needed = rows * columns * allocated // 8
    pixels = f"{columns:,} x {rows:,} pixels of {allocated} bits need {needed:,}"
    if held < needed:
        raise UnreadableImageError(
            f"The DICOM file is truncated: {tag_name('PixelData')} holds {held:,} bytes; {pixels}."
        )
    if held >= max(2 * needed, needed + 2):
        raise UnsupportedDicomError(
            f"{tag_name('PixelData')} holds {held:,} bytes and {pixels}: more than one frame; one is read."
        )


def padding_mask(stored: NDArray[np.int32], dataset: Dataset) -> NDArray[np.bool_]:
    """Where the detector saw nothing: PixelPaddingValue, or the range up to PixelPaddingRangeLimit (C.7.5.1.1.2)."""
    value, limit = _padding(dataset, "PixelPaddingValue"), _padding(dataset, "PixelPaddingRangeLimit")
    if value is None:
        return np.zeros(stored.shape, dtype=bool)
    low, high = sorted((value, value if limit is None else limit))
    return (stored >= low) & (stored <= high)


def _padding(dataset: Dataset, keyword: str) -> int | None:
    values = numbers(dataset, keyword)
    if not values:
        return None
    value = int(values[0])
    # VR US or SS by PixelRepresentation; some writers use US for a negative number (PS3.3 C.7.5.1.1.2).
    is_signed = whole(dataset, "PixelRepresentation", range(2)) == 1
    return value - 65_536 if is_signed and value >= 32_768 else value


def pixel_aspect(dataset: Dataset) -> float:
    """Height over width of one pixel; the ratio counts only where no spacing is given (PS3.3 C.7.6.3.1.7).

    Spacings (PS3.3 10.7.1): in the patient, at the detector, and on the film that a digitizer scanned (C.8.6.2).
    """
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio"):
        values = numbers(dataset, keyword)
        if len(values) == 2 and min(values) > 0:
            aspect = values[0] / values[1]
            if not 1 / MAX_ASPECT <= aspect <= MAX_ASPECT:
                raise UnsupportedDicomError(
                    f"{tag_name(keyword)} makes pixels {aspect:.3g} times as high as wide; at most {MAX_ASPECT:g} "
                    f"and at least {1 / MAX_ASPECT:g} is read."
                )
            return aspect
    return 1.0
