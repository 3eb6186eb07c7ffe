"""The shape of a pixel (PS3.3 C.7.6.3.1.7 and 10.7.1)."""

from pydicom.dataset import Dataset

from fovea.dicom.secondary import Warnings, ignored, optional_numbers
from fovea.dicom.tags import tag_name
from fovea.errors import UnsupportedDicomError

MAX_ASPECT = 4.0


def pixel_aspect(dataset: Dataset, warnings: Warnings) -> float:
    """Height over width of one pixel as stored; the ratio counts only where no spacing is given (PS3.3 C.7.6.3.1.7).

    Spacings (PS3.3 10.7.1): in the patient, at the detector, and on the film that a digitizer scanned (C.8.6.2).
    """
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio"):
        values = optional_numbers(dataset, keyword, warnings)
        if len(values) == 2 and min(values) > 0:
            aspect = values[0] / values[1]
            if not 1 / MAX_ASPECT <= aspect <= MAX_ASPECT:
                raise UnsupportedDicomError(
                    f"{tag_name(keyword)} makes pixels {aspect:.3g} times as high as wide. "
                    f"Fovea reads {1 / MAX_ASPECT:g} to {MAX_ASPECT:g} times."
                )
            return aspect
        if values:
            warnings.append(ignored(keyword))
    return 1.0
