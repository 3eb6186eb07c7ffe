"""Values that a film can do without: a bad one counts as absent, with a warning."""

import math
import re

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from fovea.dicom.tags import numbers, tag_name
from fovea.errors import ImageError

Warnings = list[str]
DECIMAL_TEXT = ("DS", "IS")
# A comma that cannot separate thousands, as in 0,143 or 12,5.
DECIMAL_COMMA = re.compile(r"[+-]?(0*,\d+|\d+,\d{1,2}|\d+,\d{4,})([eE][+-]?\d+)?")
_NUMBERS = ("number", "numbers")
JOINED = re.compile(r"[+-]?\d+\.\d*,[+-]?\d+\.\d*")  # two numbers with points, and a comma in place of the backslash


def optional_numbers(dataset: Dataset, keyword: str, warnings: Warnings) -> tuple[float, ...]:
    """The finite values of an element; () where it is absent, empty or bad, the latter with one more warning."""
    try:
        return needed_numbers(dataset, keyword, warnings)
    except ImageError:
        warnings.append(ignored(keyword))
        return ()


def needed_numbers(dataset: Dataset, keyword: str, warnings: Warnings) -> tuple[float, ...]:
    """The finite values of an element that is never ignored; commas that have one meaning are read, with a warning."""
    element = dataset.get_item(keyword)  # as bytes, which are gone once they are decoded
    try:
        return numbers(dataset, keyword)
    except ImageError:
        read = _with_commas(element)
        if not read:
            raise
    warnings.append(
        f"{tag_name(keyword)} uses commas against PS3.5 6.2. It was read as {len(read)} {_NUMBERS[len(read) > 1]}."
    )
    return read


def ignored(keyword: str) -> str:
    """The warning on a value that counts as absent."""
    return f"{tag_name(keyword)} is invalid and was ignored."


def _with_commas(element: object) -> tuple[float, ...]:
    """Numbers of a text in which commas have one meaning; () for any other text."""
    if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes):
        return ()
    if (element.VR or dictionary_VR(element.tag)) not in DECIMAL_TEXT:
        return ()
    parts = element.value.decode("ascii", "replace").strip(" \0").split("\\")
    parts = [part.strip() for part in parts]
    if len(parts) == 1 and JOINED.fullmatch(parts[0]):
        parts = parts[0].split(",")
    elif all(map(DECIMAL_COMMA.fullmatch, parts)):
        parts = [part.replace(",", ".") for part in parts]
    else:
        return ()
    values = tuple(map(float, parts))
    return values if all(map(math.isfinite, values)) else ()
