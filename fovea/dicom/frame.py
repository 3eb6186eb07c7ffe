"""The one grey frame that a film holds, as its Image Pixel module describes it (PS3.3 C.7.6.3)."""

from typing import NamedTuple, Self

from pydicom.dataset import Dataset

from fovea.dicom.secondary import Warnings, ignored, optional_numbers
from fovea.dicom.tags import refuse, shown, tag_name, text, whole
from fovea.errors import UnsupportedDicomError
from fovea.size import check_size

GREY = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}  # and the PresentationLUTShape that goes with each
# A refused value is repeated only if it is one of these: a free text could be a patient's name.
OTHER_PHOTOMETRIC = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")


class Frame(NamedTuple):
    """`photometric` is MONOCHROME1 or MONOCHROME2, however the file spells it."""

    rows: int
    columns: int
    photometric: str

    @classmethod
    def of(cls, dataset: Dataset, warnings: Warnings) -> Self:
        """Raises UnsupportedDicomError for several frames or colours, ImageTooLargeError above 64 megapixels."""
        _check_is_one_frame(optional_numbers(dataset, "NumberOfFrames", warnings), warnings)
        # PS3.3 C.7.6.3.1.2: the two grey ones; which end is white lies between them.
        photometric = text(dataset, "PhotometricInterpretation").replace("MONOCHROME ", "MONOCHROME")
        if photometric not in GREY:
            refuse("PhotometricInterpretation", [photometric], OTHER_PHOTOMETRIC, tuple(GREY))
        samples = whole(dataset, "SamplesPerPixel", range(1, 5))  # PS3.3 C.7.6.3.1.1
        if samples != 1:
            raise UnsupportedDicomError(
                f"{tag_name('SamplesPerPixel')} is {samples}. Fovea reads grey films, which have 1."
            )
        _check_shape(text(dataset, "PresentationLUTShape"), photometric)
        columns, rows = whole(dataset, "Columns", range(1, 65_536)), whole(dataset, "Rows", range(1, 65_536))
        check_size(columns, rows)
        return cls(rows, columns, photometric)

    @property
    def is_inverted(self) -> bool:
        """PS3.3 C.7.6.3.1.2: MONOCHROME1 shows its lowest value white."""
        return self.photometric == "MONOCHROME1"


def _check_is_one_frame(frames: tuple[float, ...], warnings: Warnings) -> None:
    """PS3.3 C.7.6.6; where the number is none, the length of the pixels tells, as in a file without it."""
    if frames and max(frames) > 1 and all(number.is_integer() for number in frames):
        raise UnsupportedDicomError(f"{tag_name('NumberOfFrames')} is {shown(max(frames))}. Send a single frame.")
    if frames and frames != (1,):
        warnings.append(ignored("NumberOfFrames"))


def _check_shape(shape: str, photometric: str) -> None:
    """PS3.3 C.8.11.3: the shape only repeats what the photometric interpretation says."""
    if shape in GREY.values() and shape != GREY[photometric]:
        raise UnsupportedDicomError(
            f"{tag_name('PresentationLUTShape')} is {shape} with {photometric}, so it is not clear which end "
            f"is white. {photometric} goes with {GREY[photometric]}."
        )
