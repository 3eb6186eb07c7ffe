"""The display shutter (PS3.3 C.7.6.11): what the radiographer masked, which no viewer shows.

Places are those of the file: rows and columns from 1, as stored.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset

from fovea.dicom.secondary import Warnings, ignored, optional_numbers
from fovea.dicom.tags import tag_name, texts
from fovea.errors import ImageError

NAME = "ShutterShape"
EDGES = (
    "ShutterLeftVerticalEdge",
    "ShutterRightVerticalEdge",
    "ShutterUpperHorizontalEdge",
    "ShutterLowerHorizontalEdge",
)
WHITE = 65_535  # P-values run from 0 for black to here
MAX_PLACE = 1 << 17  # twice the largest image; edges may lie outside of it
MAX_VERTICES = 1024
Places = tuple[float, ...]
HIDES_ALL = f"{tag_name(NAME)} hides the whole film, so it was ignored."


@dataclass(frozen=True)
class Shutter:
    """Everything outside of one of the shapes is hidden. Each is () where the file has none of its kind.

    `rectangle` is its left, right, upper and lower edge, `circle` its row, column and radius, `polygon` its vertices, a
    row and a column in turn. `grey` (0 to 255) is what stands in place of the hidden pixels.
    """

    rectangle: Places
    circle: Places
    polygon: Places
    grey: int

    @classmethod
    def of(cls, dataset: Dataset, warnings: Warnings) -> Self | None:
        """None where the file has no shutter. A shape that is not one is ignored, with a warning."""
        try:
            shapes = [shape for shape in texts(dataset, NAME) if shape]
        except ImageError:
            warnings.append(ignored(NAME))
            return None
        read = {"RECTANGULAR": _rectangle, "CIRCULAR": _circle, "POLYGONAL": _polygon}
        places: dict[str, Places] = {}
        for shape in dict.fromkeys(shapes):
            places[shape] = read[shape](dataset, warnings) if shape in read else ()
            if not places[shape]:
                warnings.append(ignored(NAME))
        if not any(places.values()):
            return None
        rectangle, circle, polygon = (places.get(shape, ()) for shape in read)
        return cls(rectangle, circle, polygon, _grey(dataset, warnings))

    def hidden(self, rows: int, columns: int, aspect: float) -> NDArray[np.bool_]:
        """(rows, columns); `aspect` is a pixel's height over its width."""
        down, across = np.arange(1, rows + 1)[:, np.newaxis], np.arange(1, columns + 1)
        hidden = np.zeros((rows, columns), dtype=bool)
        if self.rectangle:
            left, right, upper, lower = self.rectangle
            hidden |= (down < upper) | (down > lower) | (across < left) | (across > right)
        if self.circle:
            row, column, radius = self.circle  # the radius in pixels along a row
            # half of what a row sees of the circle, below 0 where nothing
            height = np.abs(down - row) * aspect
            half = np.where(height <= radius, np.sqrt(np.clip(radius**2 - height**2, 0, None)), -1.0)
            hidden |= (across < column - half) | (across > column + half)
        if self.polygon:
            drawn = Image.new("L", (columns, rows), 1)
            corners = zip(self.polygon[::2], self.polygon[1::2], strict=True)
            ImageDraw.Draw(drawn).polygon([(column - 1, row - 1) for row, column in corners], fill=0)
            hidden |= np.asarray(drawn).astype(bool)
        return hidden


def _rectangle(dataset: Dataset, warnings: Warnings) -> Places:
    edges = [_places(dataset, keyword, warnings) for keyword in EDGES]
    if any(len(edge) != 1 for edge in edges):
        return ()
    left, right, upper, lower = (edge[0] for edge in edges)
    return (left, right, upper, lower) if left < right and upper < lower else ()


def _circle(dataset: Dataset, warnings: Warnings) -> Places:
    center, radius = (
        _places(dataset, keyword, warnings) for keyword in ("CenterOfCircularShutter", "RadiusOfCircularShutter")
    )
    return (*center, *radius) if len(center) == 2 and len(radius) == 1 and radius[0] > 0 else ()


def _polygon(dataset: Dataset, warnings: Warnings) -> Places:
    vertices = _places(dataset, "VerticesOfThePolygonalShutter", warnings)
    return vertices if len(vertices) % 2 == 0 and 6 <= len(vertices) <= 2 * MAX_VERTICES else ()


def _places(dataset: Dataset, keyword: str, warnings: Warnings) -> Places:
    values = optional_numbers(dataset, keyword, warnings)
    return values if all(abs(value) <= MAX_PLACE for value in values) else ()


def _grey(dataset: Dataset, warnings: Warnings) -> int:
    """Black where the file does not say (PS3.3 C.7.6.11.1)."""
    value = optional_numbers(dataset, "ShutterPresentationValue", warnings) or (0.0,)
    if len(value) != 1 or not 0 <= value[0] <= WHITE:
        warnings.append(ignored("ShutterPresentationValue"))
        return 0
    return round(value[0] / WHITE * 255)
