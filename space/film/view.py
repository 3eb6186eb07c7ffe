"""A film for the page: in the greys that the network saw, in others of the file, and in a window that can be moved."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from fovea import DecodedImage
from fovea.dicom import Film, LookUpTable, Window
from space.film.controls import FilmView, Presentation
from space.pictures import png

PICTURE_PX = 1024  # longest side of the film on the page, twice a phone's and about that of a screen
MAX_PRESENTATIONS = 6  # each is a picture in the answer
SEEN = "The network's greys"
OWN = "Your window"


def view(decoded: DecodedImage, detail_px: int | None) -> FilmView:
    """`decoded.image` is what the network was given, at `detail_px` (see ModelSpec)."""
    image, film = decoded.image, decoded.film
    notes = [] if detail_px is None else [f"The network saw these greys at {detail_px} x {detail_px} pixels."]
    if film is None:
        seen = Presentation(SEEN, _address(image), 127.5, 255)
        return FilmView((seen,), replace(seen, name=OWN), darkest=0, brightest=255, notes=tuple(notes))
    offered = film.voi[:MAX_PRESENTATIONS] or (film.default_voi,)
    images = [image, *(film.render(voi) for voi in offered[1:])]
    presentations = tuple(
        Presentation(name, _address(drawn), *_window(voi))
        for name, drawn, voi in zip(names(offered), images, offered, strict=True)
    )
    low, high = _value_range(film, offered)
    whole = Window((low + high) / 2, high - low, "LINEAR_EXACT")
    first = next((voi for voi in offered if isinstance(voi, Window)), whole)
    own = Presentation(OWN, _address(film.render(whole)), *_window(first))
    darkest, brightest = (high, low) if film.is_inverted else (low, high)
    if left_out := len(film.voi[MAX_PRESENTATIONS:]):
        notes.append(f"The file offers {left_out} more, not shown here.")
    return FilmView(presentations, own, darkest, brightest, tuple(notes))


def names(offered: Sequence[Window | LookUpTable]) -> list[str]:
    """What each presentation is called in the file where that tells it from the others, else its kind and number."""
    explanations = [voi.explanation for voi in offered]
    kinds = ["Window" if isinstance(voi, Window) else "Table" for voi in offered]
    found = [
        said if said and explanations.count(said) == 1 else f"{kind} {kinds[: index + 1].count(kind)}"
        for index, (said, kind) in enumerate(zip(explanations, kinds, strict=True))
    ]
    return [SEEN] if len(found) == 1 else [f"{found[0]}, {SEEN[0].lower()}{SEEN[1:]}", *found[1:]]


def _window(voi: Window | LookUpTable) -> tuple[float, float] | tuple[()]:
    """Centre and width, which a table has not."""
    return (voi.center, voi.width) if isinstance(voi, Window) else ()


def _value_range(film: Film, offered: Sequence[Window | LookUpTable]) -> tuple[float, float]:
    """Lowest and highest value of the picture whose window moves: twice as wide as the file's windows are."""
    low, high = film.range
    windows = [voi for voi in offered if isinstance(voi, Window)]
    if not windows:
        return low, high
    least = max(low, min(window.center - window.width for window in windows))
    most = min(high, max(window.center + window.width for window in windows))
    return (least, most) if least < most else (low, high)


def _address(image: Image.Image) -> str:
    small = image.copy()
    small.thumbnail((PICTURE_PX, PICTURE_PX))
    return png(np.asarray(small)[:, :, np.newaxis])
