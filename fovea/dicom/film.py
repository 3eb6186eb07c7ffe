"""A radiograph as read: modality values, and how to show them."""

import math
import re
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset

from fovea.dicom.grayscale import Voi, Window
from fovea.dicom.tags import text
from fovea.errors import UnsupportedDicomError
from fovea.size import MAX_MEGAPIXELS

# PS3.4 N.2 leaves a film without window to the viewer; these leave out the letters burnt into its corners.
LOW_PERCENT, HIGH_PERCENT = 0.5, 99.5


@dataclass(frozen=True)
class Instance:
    """The unique identifiers of the image, its series and its study (PS3.3 C.12.1.1.1, C.7.3.1, C.7.2.1)."""

    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    sop_class_uid: str

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        return cls(*(_uid(text(dataset, f"{what}UID")) for what in _UIDS))


_UIDS = ("SOPInstance", "SeriesInstance", "StudyInstance", "SOPClass")
_NUMBER = "(0|[1-9][0-9]*)"


def _uid(value: str) -> str:
    """A unique identifier by PS3.5 9.1; anything else could be a name or a date, and is left out.

    Numbers without leading zeros under a root of 0, 1 or 2, at most 64 characters. So that no date passes, four numbers
    at least, or 2.25 and the long number of annex B.2.
    """
    is_uid = len(value) <= 64 and re.fullmatch(rf"[012](\.{_NUMBER}){{3,}}|2\.25\.[1-9][0-9]{{15,}}", value)
    return value if is_uid else ""


@dataclass(frozen=True)
class Film:
    """One frontal chest radiograph.

    `values` float32 (H, W) stand behind the modality LUT; `is_padding` bool (H, W) marks pixels that no ray could
    reach. `voi` are the presentations that the file offers, the first one the default; `aspect` is a pixel's height
    over its width. They lie L\\F where the file says how it lies, else as stored. `warnings` are sentences on
    what the file leaves open, and on how the film was turned.
    """

    values: NDArray[np.float32]
    is_padding: NDArray[np.bool_]
    is_inverted: bool
    voi: tuple[Voi, ...]
    aspect: float
    instance: Instance
    warnings: tuple[str, ...] = ()

    @property
    def default_voi(self) -> Voi:
        """The file's first presentation, else a window from the 0.5th to the 99.5th percentile of its values."""
        if self.voi:
            return self.voi[0]
        low, high = np.percentile(self.values[~self.is_padding], (LOW_PERCENT, HIGH_PERCENT))
        if low == high:
            low, high = self.range
        return Window((low + high) / 2, max(high - low, 1e-6), "LINEAR_EXACT")

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value outside the padding."""
        inside = self.values[~self.is_padding]
        return float(inside.min()), float(inside.max())

    def render(self, voi: Voi | None = None) -> Image.Image:
        """Grey "L" with square pixels, bright where the body is dense; padding is black."""
        grey = (voi or self.default_voi).apply(self.values)
        if self.is_inverted:  # PS3.3 C.7.6.3.1.2: MONOCHROME1 shows its lowest value white
            grey = 1 - grey
        grey[self.is_padding] = 0
        image = Image.fromarray(np.rint(grey * 255).astype(np.uint8))
        if self.aspect == 1:
            return image
        # Never fewer pixels than the detector had, unless there would be too many.
        width, height = image.size
        size = (width, round(height * self.aspect)) if self.aspect > 1 else (round(width / self.aspect), height)
        excess = math.sqrt(max(1.0, size[0] * size[1] / (MAX_MEGAPIXELS * 1_000_000)))
        return image.resize((int(size[0] / excess), int(size[1] / excess)), Image.Resampling.BICUBIC)

    def check_has_contrast(self) -> None:
        """Raises UnsupportedDicomError where there is nothing to see, with the file's own window."""
        if self.is_padding.all():
            raise UnsupportedDicomError("Every pixel of the film has the padding value; there is nothing to read.")
        if self.range[0] == self.range[1]:
            raise UnsupportedDicomError("Every pixel of the film has the same value; there is nothing to read.")
        low, high = self.render().getextrema()
        if low == high:
            raise UnsupportedDicomError("The film's own window shows one grey only; there is nothing to read.")
