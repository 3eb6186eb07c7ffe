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
    """

    levels: Levels
    modality: Modality
    padding: Padding | None
    is_inverted: bool
    voi: tuple[Voi, ...]
    aspect: float
    instance: Instance
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, header: Header, stored: StoredValues) -> Self:
        """The film of a header and its pixels."""
        return cls(
            levels=Levels(header.orientation.upright(stored.values)),
            modality=header.modality,
            padding=header.padding,
            is_inverted=header.frame.is_inverted,
            voi=header.voi,
            aspect=header.orientation.upright_aspect(header.aspect),
            instance=header.instance,
            warnings=header.warnings + stored.warnings,
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
        """Smallest and largest value outside the padding."""
        if self.padding is None and isinstance(self.modality, Rescale):  # a line: the least and greatest levels suffice
            inside = self._modality_values[[0, -1]]
        else:
            inside = self._modality_values[self._counts_inside > 0]
        return float(inside.min()), float(inside.max())

    def render(self, voi: Voi | None = None) -> Image.Image:
        """Grey "L" with square pixels, bright where the body is dense; padding is black.

        Without `voi` it is the default, drawn once: the same image each time, so copy it before you change it.
        """
        return self._default_image if voi is None else self._drawn(voi)

    @property
    def greys_filled(self) -> int:
        """How many of 256 greys lie between the darkest and the brightest half percent of the film as shown."""
        counts = np.array(self.render().histogram())
        if self.padding is not None:  # drawn black
            counts[0] -= self.levels.counts[self._is_padding].sum()
        places = np.cumsum(counts)
        ends = places[-1] * np.array((LOW_PERCENT, HIGH_PERCENT)) / 100
        low, high = np.searchsorted(places, ends, side="right")
        return int(min(high, GREYS - 1) - low) + 1

    def check_has_contrast(self) -> None:
        """Raises UnsupportedDicomError where there is nothing to see, with the file's own window."""
        if self.padding is not None and not self._counts_inside.any():
            raise UnsupportedDicomError("The film is empty: every pixel has the padding value.")
        if self.range[0] == self.range[1]:
            raise UnsupportedDicomError("The film is empty: every pixel has the same value.")
        low, high = self.render().getextrema()
        if low == high:
            reason = "its own window shows a single grey" if self.voi else "its values differ too little"
            raise UnsupportedDicomError(f"The film is empty: {reason}.")

    @cached_property
    def _default_image(self) -> Image.Image:
        return self._drawn(self.default_voi)

    def _drawn(self, voi: Voi) -> Image.Image:
        grey = voi.apply(self._modality_values)
        if self.is_inverted:
            grey = 1 - grey
        grey[self._is_padding] = 0
        return self._square(Image.fromarray(self.levels.spread(np.rint(grey * 255).astype(np.uint8))))

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
        """How many pixels outside the padding have each level."""
        return np.where(self._is_padding, 0, self.levels.counts)

    def _percentile(self, percent: float) -> float:
        """As np.percentile gives it of all values outside the padding, without sorting them."""
        order = np.argsort(self._modality_values, kind="stable")
        last_places = np.cumsum(self._counts_inside[order])
        place, rest = divmod((last_places[-1] - 1) * (percent / 100), 1)
        neighbours = np.searchsorted(last_places, (place, place + 1), side="right")
        return float(np.quantile(self._modality_values[order[neighbours]], np.array([rest]))[0])
