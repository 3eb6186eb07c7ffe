"""The elements that are read, and how their values are taken: of the right form, or an error that names the tag."""

import math
from collections.abc import Sequence as Values
from typing import Any, NoReturn

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from fovea.dicom.damage import PARSER_ERRORS
from fovea.errors import FoveaError, UnreadableImageError, UnsupportedDicomError
from fovea.listing import all_of

# None of these identifies a patient.
READ_KEYWORDS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "ConversionType",
    "PresentationIntentType",
    "BodyPartExamined",
    "AnatomicRegionSequence",
    "ViewPosition",
    "ViewCodeSequence",
    "PatientOrientation",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "PixelAspectRatio",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PresentationLUTShape",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "ModalityLUTSequence",
    "RescaleIntercept",
    "RescaleSlope",
    "VOILUTSequence",
    "WindowCenter",
    "WindowWidth",
    "WindowCenterWidthExplanation",
    "VOILUTFunction",
    "ShutterShape",
    "ShutterLeftVerticalEdge",
    "ShutterRightVerticalEdge",
    "ShutterUpperHorizontalEdge",
    "ShutterLowerHorizontalEdge",
    "CenterOfCircularShutter",
    "RadiusOfCircularShutter",
    "VerticesOfThePolygonalShutter",
    "ShutterPresentationValue",
)
# Looked at once, to say that a file names a patient. Their values are not kept.
IDENTITY_KEYWORDS = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "MedicalRecordLocator",
    "ResponsiblePerson",
)
PRIVACY_KEYWORDS = ("PatientIdentityRemoved", "BurnedInAnnotation", *IDENTITY_KEYWORDS)
MAX_SHOWN = 65_535


def tag_name(keyword: str) -> str:
    """As in "(0028,0010) Rows"."""
    tag = tag_for_keyword(keyword)
    assert tag is not None  # only keywords of the standard are asked for
    return f"({tag >> 16:04x},{tag & 0xFFFF:04x}) {keyword}"


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """The values of a text element in capitals, without padding, empty ones in their places; () where it is absent."""
    value = _value(dataset, keyword)
    if value is None or value == "":
        return ()
    values = [value] if isinstance(value, str) else value
    try:
        return tuple(str(part).strip().upper() for part in values)
    except PARSER_ERRORS:
        raise damaged(keyword) from None


def text(dataset: Dataset, keyword: str) -> str:
    """The first value that is not empty, "" where there is none."""
    return next(filter(None, texts(dataset, keyword)), "")


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """The finite values of a numeric element; () where it is absent or empty."""
    value = _value(dataset, keyword)
    if value is None or value == "":
        return ()
    if isinstance(value, bytes):  # under a VR that has no numbers
        raise damaged(keyword)
    parts = value.split("\\") if isinstance(value, str) else list(value) if hasattr(value, "__len__") else [value]
    while len(parts) > 1 and parts[-1] in ("", None):  # a backslash behind the last
        parts.pop()
    try:
        values = tuple(map(float, parts))
    except PARSER_ERRORS:
        raise damaged(keyword) from None
    if not all(math.isfinite(number) for number in values):
        raise UnsupportedDicomError(f"{tag_name(keyword)} is not a finite number.")
    return values


def whole(dataset: Dataset, keyword: str, allowed: range, default: int | None = None) -> int:
    """One whole number in `allowed`; `default` where the element is absent, an error where there is no default."""
    values = numbers(dataset, keyword)
    expected = f"It must be a whole number from {allowed.start:,} to {allowed.stop - 1:,}."
    if not values:
        if default is None:
            raise UnsupportedDicomError(f"{tag_name(keyword)} is missing. {expected}")
        return default
    if len(values) != 1 or values[0] not in allowed:
        found = f"is {shown(values[0])}" if len(values) == 1 else f"has {len(values)} values"
        raise UnsupportedDicomError(f"{tag_name(keyword)} {found}. {expected}")
    return int(values[0])


def shown(number: float) -> str:
    """A refused number, up to what a US can hold (PS3.5 6.2): a longer one could be a date or an identity."""
    return f"{number:g}" if abs(number) <= MAX_SHOWN else "another number"


def refuse(keyword: str, values: Values[str], known: Values[str], allowed: Values[str]) -> NoReturn:
    """Raises UnsupportedDicomError; of the refused `values` one that is `known` is repeated, as no other may be."""
    found = next((value for value in values if value in known), "another value" if any(values) else "missing")
    raise UnsupportedDicomError(f"{tag_name(keyword)} is {found}. Fovea reads {all_of(allowed)}.")


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; [] where it is absent or empty."""
    value = _value(dataset, keyword)
    if value is None:
        return []
    if not isinstance(value, Sequence) or not all(isinstance(item, Dataset) for item in value):
        raise damaged(keyword)
    return list(value)


def _value(dataset: Dataset, keyword: str) -> Any:
    """The element is decoded at this moment, so its damage shows here."""
    try:
        return dataset.get(keyword)
    except PARSER_ERRORS:
        raise damaged(keyword) from None


def damaged(keyword: str) -> FoveaError:
    """The error for an element whose value cannot be decoded."""
    return UnreadableImageError(f"The DICOM file is damaged: {tag_name(keyword)} cannot be read.")
