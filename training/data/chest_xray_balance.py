"""Weights that take from the source, and from the view, what it says of the class."""

from collections import Counter
from collections.abc import Hashable
from typing import TypeVar

from training.data.chest_xray_films import Films

MAX_REPEATS = 6.0
Cell = TypeVar("Cell", bound=Hashable)


def balanced(films: Films, strength: float = 1.0, *, by_view: bool = False) -> Films:
    """Films repeated as `repeats` says, none left out."""
    cells = _cells(films, by_view=by_view)
    return films.take(_repeated(cells, _repeats(cells, strength)))


def repeats(films: Films, strength: float = 1.0, *, by_view: bool = False) -> list[float]:
    """How often each film should count until the sources of a class, and then the classes, count about the same.

    Within a class the smaller sources repeat towards the largest; classes repeat towards the largest class. `strength`
    is the power of their ratio: at 1 they become equal, at 0 nothing repeats. No film counts more than MAX_REPEATS
    times. `by_view` takes each view of a source (PA, AP, unknown) for a source of its own.
    """
    cells = _cells(films, by_view=by_view)
    of_cell = _repeats(cells, strength)
    return [of_cell[cell] for cell in cells]


def _cells(films: Films, *, by_view: bool) -> list[tuple[str, str]]:
    if not by_view:
        return films.cells
    seen = zip(films.labels, films.sources, films.views, strict=True)
    return [(label, f"{source}/{view}") for label, source, view in seen]


def _repeats(cells: list[tuple[str, str]], strength: float) -> dict[tuple[str, str], float]:
    size = Counter(cells)
    largest = {label: max(n for (name, _), n in size.items() if name == label) for label in {cell[0] for cell in cells}}
    per_cell = {cell: min(MAX_REPEATS, (largest[cell[0]] / n) ** strength) for cell, n in size.items()}
    per_class: Counter[str] = Counter()
    for cell, n in size.items():
        per_class[cell[0]] += round(n * per_cell[cell])
    most = max(per_class.values())
    return {cell: min(MAX_REPEATS, per_cell[cell] * (most / per_class[cell[0]]) ** strength) for cell in size}


def _repeated(cells: list[Cell], repeats: dict[Cell, float]) -> list[int]:
    """Each index of a cell floor or ceiling of `repeats` times, the ceilings spread evenly."""
    seen: Counter[Cell] = Counter()
    indices = []
    for index, cell in enumerate(cells):
        before, after = int(seen[cell] * repeats[cell]), int((seen[cell] + 1) * repeats[cell])
        indices += [index] * (after - before)
        seen[cell] += 1
    return indices
