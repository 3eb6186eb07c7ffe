"""A radiograph as read: its stored values, and how to show them."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea.dicom.compressed import StoredValues
from fovea.dicom.grayscale import Modality, Rescale, Voi, Window
from fovea.dicom.header import Header
from fovea.dicom.instance import Instance
from fovea.dicom.levels import Levels
from fovea.dicom.padding import Padding
from fovea.dicom.shutter import HIDES_ALL
from fovea.errors import UnsupportedDicomError
from fovea.size import MAX_MEGAPIXELS

# PS3.4 N.2 leaves a film without window to the viewer; these leave out the letters burnt into its corners.
LOW_PERCENT, HIGH_PERCENT = 0.5, 99.5
GREYS = 256


@dataclass(frozen=True)
class Film:
    """One frontal chest radiograph.

    `levels` are its stored values, `modality` what they stand for. `voi` are the presentations that the file offers,
    the first one the default; `aspect` is a pixel's height over its width. Pixels lie L\\F where the file says how it
    lies, else as stored. `warnings` are sentences on what the file leaves open, and on how the film was turned.
    `privacy` says where the file may name a patient, "" where it does not: for whoever may hand the file on.
    `is_hidden` (H, W) are the pixels outside of the file's shutter, drawn in `shutter_grey`; None where it has none.
    """

    levels: Levels
    modality: Modality
    padding: Padding | None
    is_inverted: bool
    voi: tuple[Voi, ...]
    aspect: float
    instance: Instance
    warnings: tuple[str, ...] = ()
    privacy: str = ""
    is_hidden: NDArray[np.bool_] | None = None
    shutter_grey: int = 0

    @classmethod
    def of(cls, header: Header, stored: StoredValues) -> Self:
        """The film of a header and its pixels."""
        is_hidden, warnings = _hidden(header)
        return cls(
            levels=Levels(header.orientation.upright(stored.values)),
            modality=header.modality,
            padding=header.padding,
            is_inverted=header.frame.is_inverted,
            voi=header.voi,
            aspect=header.orientation.upright_aspect(header.aspect),
            instance=header.instance,
            warnings=header.warnings + stored.warnings + warnings,
            privacy=header.privacy,
            is_hidden=is_hidden,
            shutter_grey=0 if header.shutter is None else header.shutter.grey,
        )

    @property
    def values(self) -> NDArray[np.float32]:
        """(H, W) behind the modality LUT."""
        return self.levels.spread(self._modality_values)

    @property
    def is_padding(self) -> NDArray[np.bool_]:
        """(H, W), true where no ray could reach the detector."""
        return self.levels.spread(self._is_padding)

    @cached_property
    def default_voi(self) -> Voi:
        """The file's first presentation, else a window from the 0.5th to the 99.5th percentile of its values."""
        if self.voi:
            return self.voi[0]
        low, high = self._percentile(LOW_PERCENT), self._percentile(HIGH_PERCENT)
        if low == high:
            low, high = self.range
        return Window((low + high) / 2, high - low, "LINEAR_EXACT")

    @cached_property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value outside the padding, and within the shutter."""
        if self.padding is None and self.is_hidden is None and isinstance(self.modality, Rescale):
            # a line: the least and greatest levels suffice
            inside = self._modality_values[[0, -1]]
        else:
            inside = self._modality_values[self._counts_inside > 0]
        return float(inside.min()), float(inside.max())

    def render(self, voi: Voi | None = None) -> Image.Image:
        """Grey "L" with square pixels, bright where the body is dense; padding is black, and so is a shutter mostly.

        Without `voi` it is the default, drawn once: the same image each time, so copy it before you change it.
        """
        return self._default_image if voi is None else self._drawn(voi)

    @property
    def greys_filled(self) -> int:
        """How many of 256 greys lie between the darkest and the brightest half percent of the film as shown."""
        places = np.cumsum(self._grey_counts)
        ends = places[-1] * np.array((LOW_PERCENT, HIGH_PERCENT)) / 100
        low, high = np.searchsorted(places, ends, side="right")
        return int(min(high, GREYS - 1) - low) + 1

    def check_has_contrast(self) -> None:
        """Raises UnsupportedDicomError where there is nothing to see, with the file's own window."""
        if self.padding is not None and not self._counts_inside.any():
            raise UnsupportedDicomError("The film is empty: every pixel has the padding value.")
        if self.range[0] == self.range[1]:
            raise UnsupportedDicomError("The film is empty: every pixel has the same value.")
        if np.count_nonzero(self._grey_counts) == 1:
            reason = "its own window shows a single grey" if self.voi else "its values differ too little"
            raise UnsupportedDicomError(f"The film is empty: {reason}.")

    @cached_property
    def _default_image(self) -> Image.Image:
        return self._drawn(self.default_voi)

    def _drawn(self, voi: Voi) -> Image.Image:
        pixels = self.levels.spread(self._greys(voi))
        if self.is_hidden is not None:
            pixels[self.is_hidden] = self.shutter_grey
        return self._square(Image.fromarray(pixels))

    def _greys(self, voi: Voi) -> NDArray[np.uint8]:
        """Of each level."""
        grey = voi.apply(self._modality_values)
        if self.is_inverted:
            grey = 1 - grey
        grey[self._is_padding] = 0
        return np.rint(grey * 255).astype(np.uint8)

    @cached_property
    def _grey_counts(self) -> NDArray[np.intp]:
        """How many pixels outside padding and shutter have each grey of the film as shown."""
        if self.voi and self.padding is None and self.is_hidden is None:
            # Nobody has counted levels, and greys are counted in a quarter of the time.
            return np.array(self.render().histogram())
        counts = np.bincount(self._greys(self.default_voi), weights=self._counts_inside, minlength=GREYS)
        return counts.astype(np.intp)

    def _square(self, image: Image.Image) -> Image.Image:
        if self.aspect == 1:
            return image
        # Never fewer pixels than the detector had, unless there would be too many.
        width, height = image.size
        size = (width, round(height * self.aspect)) if self.aspect > 1 else (round(width / self.aspect), height)
        excess = math.sqrt(max(1.0, size[0] * size[1] / (MAX_MEGAPIXELS * 1_000_000)))
        return image.resize((int(size[0] / excess), int(size[1] / excess)), Image.Resampling.BICUBIC)

    @cached_property
    def _modality_values(self) -> NDArray[np.float32]:
        """Of each level."""
        return self.modality.modality_values(self.levels.values)

    @cached_property
    def _is_padding(self) -> NDArray[np.bool_]:
        """Of each level."""
        levels = self.levels.values
        return np.zeros(len(levels), dtype=bool) if self.padding is None else self.padding.covers(levels)

    @cached_property
    def _counts_inside(self) -> NDArray[np.intp]:
        """How many pixels outside padding and shutter have each level."""
        counts = self.levels.counts if self.is_hidden is None else self.levels.counts_where(~self.is_hidden)
        return np.where(self._is_padding, 0, counts)

    def _percentile(self, percent: float) -> float:
        """As np.percentile gives it of all values outside padding and shutter, without sorting them."""
        order = np.argsort(self._modality_values, kind="stable")
        last_places = np.cumsum(self._counts_inside[order])
        place, rest = divmod((last_places[-1] - 1) * (percent / 100), 1)
        neighbours = np.searchsorted(last_places, (place, place + 1), side="right")
        return float(np.quantile(self._modality_values[order[neighbours]], np.array([rest]))[0])


def _hidden(header: Header) -> tuple[NDArray[np.bool_] | None, tuple[str, ...]]:
    """What the shutter hides of the upright film, None for nothing; and warnings."""
    if header.shutter is None:
        return None, ()
    is_hidden = header.shutter.hidden(header.frame.rows, header.frame.columns, header.aspect)
    if is_hidden.all():
        return None, (HIDES_ALL,)
    return (header.orientation.upright(is_hidden) if is_hidden.any() else None), ()
