"""The choice of a film's greys: a button for each presentation, and two sliders for a window of one's own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STEPS = 200  # of a window slider


@dataclass(frozen=True)
class Presentation:
    """A film in grey: what it is called, its picture (a data address), and its window where it has one."""

    name: str
    picture: str
    center: float | None = None
    width: float | None = None


@dataclass(frozen=True)
class FilmView:
    """What can be chosen: `presentations`, the first one shown first, or `own`, the window of the two sliders.

    The picture of `own` is linear and holds more levels than its window shows, from the value `darkest` to
    `brightest`. `notes` are sentences under the choice.
    """

    presentations: tuple[Presentation, ...]
    own: Presentation
    darkest: float
    brightest: float
    notes: tuple[str, ...] = ()


def film_images(film: FilmView) -> str:
    """HTML of each picture, all hidden but the first."""
    return "".join(
        f'<img class="picture" data-picture="{index}" src="{address}" alt="{escape(words)}" draggable="false" '
        f"{'hidden' if index else ''}>"
        for index, (address, words) in enumerate(_pictures(film).items())
    )


def film_controls(film: FilmView) -> str:
    """HTML of the buttons, the sliders, and the filter that they steer; values are the film's."""
    pictures = list(_pictures(film))
    choices = (*film.presentations, film.own)
    first = film.presentations[0]
    functions = "".join(f'<feFunc{colour} type="linear"/>' for colour in "RGB")
    buttons = "".join(
        f'<button type="button" data-picture="{pictures.index(choice.picture)}" data-center="{_plain(choice.center)}" '
        f'data-width="{_plain(choice.width)}" aria-pressed="{str(choice is first).lower()}" '
        f'class="{"own" if choice is film.own else ""}">{escape(choice.name)}</button>'
        for choice in choices
    )
    return (
        '<svg width="0" height="0" aria-hidden="true"><filter id="film-window" color-interpolation-filters="sRGB">'
        f"<feComponentTransfer>{functions}</feComponentTransfer></filter></svg>"
        f'<div class="choices films" role="group" aria-label="How the film is shown">{buttons}</div>'
        f"{notes(film.notes)}{_window_sliders(film)}"
    )


def notes(sentences: Sequence[str]) -> str:
    return "".join(f'<p class="note">{escape(sentence)}</p>' for sentence in sentences)


def _pictures(film: FilmView) -> dict[str, str]:
    """Each picture of the film once, and the name it is first shown by."""
    found: dict[str, str] = {}
    for choice in (*film.presentations, film.own):
        found.setdefault(choice.picture, f"the film: {choice.name}")
    return found


def _window_sliders(film: FilmView) -> str:
    """Centre and width of the own window; they start, and go, where the file's windows are."""
    low, high = sorted((film.darkest, film.brightest))
    span = high - low
    step = span / STEPS
    centers = [choice.center for choice in (film.own, *film.presentations) if choice.center is not None]
    widths = [choice.width for choice in (film.own, *film.presentations) if choice.width is not None]
    # A window far from every value, or far wider than all, would leave the useful places close together.
    center_ends = max(low - span, min(low, *centers)), min(high + span, max(high, *centers))
    width_ends = step, min(2 * span, max(span, *widths))
    digits, first = max(0, math.ceil(-math.log10(step))), film.presentations[0]
    sliders = "".join(
        f'<label>{title} <input type="range" class="{name}" min="{_plain(least)}" max="{_plain(most)}" '
        f'step="{_plain(step)}" value="{_plain(value)}" aria-label="{title} of the grey window">'
        f"<output>{'none' if told is None else f'{told:.{digits}f}'}</output></label>"
        for title, name, (least, most), value, told in (
            ("Centre", "center", center_ends, film.own.center, first.center),
            ("Width", "width", width_ends, film.own.width, first.width),
        )
    )
    return (
        f'<div class="window" data-darkest="{film.darkest}" data-brightest="{film.brightest}" data-digits="{digits}">'
        f"{sliders}</div>"
    )


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:.9g}"
