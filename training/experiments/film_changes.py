"""Changes to a film in front of its views: what takes from it that tells the source and not the disease.

Some are made to every film, in serving too. Others show a training film as another source might have stored it.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from torch import Tensor

from training.data.chest_xray import Films
from training.recipes.chest_xray import Config
from training.views import Views

RIM = 0.12  # of each side: markers, letters and collimator edges lie there
MARKER_BAND = 0.25  # of each side, where markers are looked for
MARKER_LEVELS, MARKER_SHARE = 60, 0.97  # grey levels by which a marker stands out, and the share of darker pixels
MARKER_SIDES = (0.015, 0.14)  # of the film's side, shortest and longest
AIR = 30  # grey levels of what is around the patient, at most
LEAST_WIDTH, LEAST_HEIGHT, LEAST_DISTANCE = 0.45, 0.4, 0.2  # of a box around lungs, and between the two of them
MARGIN = 0.04

Grey = NDArray[np.uint8]


class FilmChange(Protocol):
    """`name` stands for the change in the names of views."""

    @property
    def name(self) -> bytes: ...

    def __call__(self, film: Image.Image, digest: bytes, number: int) -> Image.Image:
        """The film with that digest, as view `number` of it takes it."""
        ...


@dataclass(frozen=True)
class ChangedViews(Views):
    """The views of `base`, by the same draws, of films that `change` has changed."""

    base: Views = field(kw_only=True)
    change: FilmChange = field(kw_only=True)

    def render(self, photo: Image.Image, digest: bytes, number: int) -> Tensor:
        return self.base.render(self.change(photo, digest, number), digest, number)

    def key(self, digest: bytes, number: int) -> bytes:
        return self.base.key(self.change.name + digest, number)


@dataclass(frozen=True, kw_only=True)
class ChangedConfig(Config):
    """Settings whose views show films as `change` leaves them."""

    change: FilmChange

    def make_views(self) -> Views:
        base = super().make_views()
        return ChangedViews(base.height, base.width, base.how, base=base, change=self.change)


class _OthersFilms:
    """Training films, and for each of them those of its class from other sources."""

    def __init__(self, films: Films) -> None:
        self.films = films
        cells = films.cells
        self._cell = dict(zip(films.photos.digests, cells, strict=True))
        self._pools = {
            (label, source): [i for i, (name, other) in enumerate(cells) if name == label and other != source]
            for label, source in set(cells)
        }

    def partner(self, digest: bytes, number: int) -> Grey | None:
        """For half of the augmented views a film, the same each time; None for the others, and for other films."""
        pool = self._pools.get(self._cell.get(digest, ("", "")), [])
        random = np.random.default_rng([*digest[:8], number])
        if not number or not pool or random.random() < 0.5:
            return None
        return np.asarray(self.films.photos.photo(pool[random.integers(len(pool))]))


class HistogramsOfOthers(_OthersFilms):
    """Half of the augmented views have the grey levels of a film of the same class from another source."""

    name = b"histograms"

    def __call__(self, film: Image.Image, digest: bytes, number: int) -> Image.Image:
        other = self.partner(digest, number)
        return film if other is None else Image.fromarray(with_histogram(np.asarray(film), other))


class RimsOfOthers(_OthersFilms):
    """Half of the augmented views have the outer RIM of a film of the same class from another source.

    CutMix (Yun et al. 2019) of borders: markers, letters and edges stop telling where a film comes from.
    """

    name = b"rims"

    def __call__(self, film: Image.Image, digest: bytes, number: int) -> Image.Image:
        other = self.partner(digest, number)
        return film if other is None else Image.fromarray(with_rim(np.asarray(film), other))


class WithoutMarkers:
    """Every film without the bright letters at its sides."""

    name = b"markers"

    def __call__(self, film: Image.Image, digest: bytes, number: int) -> Image.Image:  # noqa: ARG002
        return Image.fromarray(without_markers(np.asarray(film)))


class LungsAlone:
    """Every film cut to its lungs; whole where they are not found."""

    name = b"lungs"

    def __call__(self, film: Image.Image, digest: bytes, number: int) -> Image.Image:  # noqa: ARG002
        return film.crop(lung_box(np.asarray(film)) or (0, 0, *film.size))


def with_histogram(film: Grey, other: Grey) -> Grey:
    """`film` with the grey levels of `other`, each level for the one with as many darker pixels."""
    shares = np.cumsum(np.bincount(film.ravel(), minlength=256)) / film.size
    of_other = np.cumsum(np.bincount(other.ravel(), minlength=256)) / other.size
    levels = np.interp(shares, of_other, np.arange(256)).round().astype(np.uint8)
    return levels[film]


def with_rim(film: Grey, other: Grey) -> Grey:
    """`film` inside, and the outer RIM of `other`, brought to the same size, around it."""
    height, width = film.shape
    result = np.asarray(Image.fromarray(other).resize((width, height), Image.Resampling.BILINEAR)).copy()
    top, left = round(RIM * height), round(RIM * width)
    inside = (slice(top, height - top), slice(left, width - left))
    result[inside] = film[inside]
    return result


def without_markers(film: Grey) -> Grey:
    """Small things near the sides, far brighter than what is around them, filled with what is around them."""
    height, width = film.shape
    side = max(film.shape)
    longest = round(MARKER_SIDES[1] * side) | 1
    around = ndimage.grey_opening(film, size=(longest, longest))
    stands_out = (film.astype(int) - around > MARKER_LEVELS) & (film >= np.quantile(film, MARKER_SHARE))
    parts, n = ndimage.label(stands_out, structure=np.ones((3, 3)))
    is_marker = np.zeros(n + 1, bool)
    for number, (rows, columns) in enumerate(ndimage.find_objects(parts), start=1):
        sides = rows.stop - rows.start, columns.stop - columns.start
        y, x = (rows.start + rows.stop) / 2 / height, (columns.start + columns.stop) / 2 / width
        is_small = MARKER_SIDES[0] * side <= max(sides) <= MARKER_SIDES[1] * side
        is_marker[number] = is_small and min(y, 1 - y, x, 1 - x) <= MARKER_BAND
    removed = ndimage.binary_dilation(is_marker[parts], iterations=2)
    filled: Grey = np.where(removed, around, film)
    return filled


def lung_box(film: Grey) -> tuple[int, int, int, int] | None:
    """Left, upper, right and lower end of the lungs, by the projection profiles; None where they are not found.

    Lungs are darker than the spine between them and than the chest's wall: each end lies where a profile has risen
    half the way from its darkest place. The air around the patient counts as bright.
    """
    height, width = film.shape
    grey = ndimage.gaussian_filter(film.astype(float), 0.02 * width)
    dark, _ = ndimage.label(grey < AIR)
    at_the_edge = np.unique(np.r_[dark[0], dark[-1], dark[:, 0], dark[:, -1]])
    grey[np.isin(dark, at_the_edge[at_the_edge > 0])] = grey.max()
    columns = grey[round(0.3 * height) : round(0.7 * height)].mean(axis=0)
    spine = width // 3 + int(columns[width // 3 : width - width // 3].argmax())
    rim = width // 12
    left, right = rim + int(columns[rim:spine].argmin()), spine + int(columns[spine : width - rim].argmin())
    band = width // 16
    lungs = [grey[:, max(0, middle - band) : middle + band + 1] for middle in (left, right)]
    rows = np.concatenate(lungs, axis=1).mean(axis=1)
    middle = height // 4 + int(rows[height // 4 : height * 2 // 3].argmin())
    x0, x1 = left - _rise(columns[left::-1]), right + _rise(columns[right:])
    y0, y1 = middle - _rise(rows[middle::-1]), middle + _rise(rows[middle:])
    found = (right - left) / width, (x1 - x0) / width, (y1 - y0) / height
    if any(value < least for value, least in zip(found, (LEAST_DISTANCE, LEAST_WIDTH, LEAST_HEIGHT), strict=True)):
        return None
    dx, dy = round(MARGIN * width), round(MARGIN * height)
    return max(0, x0 - dx), max(0, y0 - dy), min(width, x1 + dx), min(height, y1 + dy)


def _rise(profile: NDArray[Any]) -> int:
    """Steps from the first value on to the first that lies half the way to the highest."""
    return int((profile >= (profile[0] + profile.max()) / 2).argmax())


def changed_share(films: Films, change: FilmChange) -> float:
    """How many of the films, as serving would see them, are others by the change."""
    changed = 0
    for index, digest in enumerate(films.photos.digests):
        film = films.photos.photo(index)
        changed += change(film, digest, 0).tobytes() != film.tobytes()
    return changed / len(films)
