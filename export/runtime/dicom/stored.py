"""Stored pixel values: the bits of the Image Pixel module (PS3.3 C.7.6.3) as whole numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder

from export.runtime.dicom.codestream import announced_size
from export.runtime.dicom.damage import PARSER_ERRORS
from export.runtime.dicom.part10 import TransferSyntax
from export.runtime.dicom.rle import decode_rle
from export.runtime.dicom.tags import numbers, tag_name, whole
from export.runtime.errors import UnreadableImageError, UnsupportedDicomError

DAMAGED = "The DICOM file is truncated or damaged: its pixels cannot be decoded."
MAX_ASPECT = 4.0


def stored_values(dataset: Dataset, syntax: TransferSyntax) -> NDArray[np.int32]:
    """int32 (Rows, Columns). Sizes are compared with the compressed image's own header before it is decoded."""
    allocated, stored, is_signed = _bits(dataset)
    rows, columns = whole(dataset, "Rows", range(1, 65_536)), whole(dataset, "Columns", range(1, 65_536))
    if not syntax.is_encapsulated and (held := _length(dataset)) < (needed := rows * columns * allocated // 8):
        raise UnreadableImageError(
            f"The DICOM file is truncated: {tag_name('PixelData')} holds {held:,} bytes; "
            f"{columns:,} x {rows:,} pixels of {allocated} bits need {needed:,}."
        )
    try:
        array = _decoded(dataset, syntax, rows, columns, allocated)
    except PARSER_ERRORS:
        raise UnreadableImageError(DAMAGED) from None
    if array.shape != (rows, columns):
        raise UnreadableImageError(DAMAGED)
    return _meaningful_bits(array.astype(np.int32), stored, is_signed)


def _bits(dataset: Dataset) -> tuple[int, int, bool]:
    """BitsAllocated, BitsStored and whether values are signed (PS3.5 section 8.1.1)."""
    allocated = whole(dataset, "BitsAllocated", range(1, 65))
    if allocated not in (8, 16):
        raise UnsupportedDicomError(f"{tag_name('BitsAllocated')} is {allocated}; 8 and 16 are read.")
    stored = whole(dataset, "BitsStored", range(1, allocated + 1))
    high = whole(dataset, "HighBit", range(0, allocated), default=stored - 1)
    if high != stored - 1:
        raise UnsupportedDicomError(
            f"{tag_name('HighBit')} is {high} with {stored} bits stored; {stored - 1} is expected (PS3.5 8.1.1)."
        )
    return allocated, stored, whole(dataset, "PixelRepresentation", range(2)) == 1


def _meaningful_bits(values: NDArray[np.int32], stored: int, is_signed: bool) -> NDArray[np.int32]:
    """Without what overlays may have left above BitsStored; two's complement in that many bits where signed."""
    values &= (1 << stored) - 1
    if is_signed:
        values[values >= 1 << (stored - 1)] -= 1 << stored
    return values


def _length(dataset: Dataset) -> int:
    return len(dataset["PixelData"].value or b"")


def _decoded(dataset: Dataset, syntax: TransferSyntax, rows: int, columns: int, allocated: int) -> NDArray[Any]:
    """By pydicom and pylibjpeg's plugins; RLE by our own, since pylibjpeg-rle panics on damaged segments."""
    if not syntax.is_encapsulated:
        return get_decoder(syntax.uid).as_array(dataset, index=0, raw=True)[0]
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    if syntax.name == "RLE Lossless":
        return decode_rle(frame, rows, columns, allocated // 8)
    # A decoder takes as much memory as the compressed image announces, whatever the data set says.
    size = announced_size(frame, syntax)
    if size != (rows, columns):
        raise UnsupportedDicomError(
            f"The compressed image is {size[1]:,} x {size[0]:,} pixels, but {tag_name('Columns')} and "
            f"{tag_name('Rows')} say {columns:,} x {rows:,}."
        )
    return get_decoder(syntax.uid).as_array(dataset, index=0, raw=True, decoding_plugin="pylibjpeg")[0]


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
    """Height over width of one pixel (PS3.3 C.7.6.3.1.7); spacings count before the ratio, in the order of the row."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"):
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
