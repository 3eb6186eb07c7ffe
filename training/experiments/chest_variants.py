"""What the study of sources compares: which films and labels train, which cut is read, how films are weighed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.data.chest_xray import CLASSES, Films, Unread
from training.data.chest_xray_balance import repeats
from training.data.chest_xray_films import ARCHIVES

Weighing = Literal["classes", "sources", "sources and views"]
NO_LABEL = -1
OLD, MORE = ARCHIVES


@dataclass(frozen=True)
class Variant:
    """One way to train; `unread` as in FilmChoice. Labels are those of the rules unless `is_published`."""

    name: str
    archives: tuple[str, ...] = ARCHIVES
    is_published: bool = False
    unread: Unread = "leave-out"
    cuts: tuple[str, ...] = ("Mixed_7a",)
    weighing: Weighing = "sources and views"

    def labels(self, films: Films) -> NDArray[np.int64]:
        """The label that each film trains with, (N,); NO_LABEL where it trains nothing."""
        names = [film.published for film in films.known] if self.is_published else films.labels
        unread = np.array(films.is_unread) & (self.unread == "leave-out") & (not self.is_published)
        known = [CLASSES.index(name) if name in CLASSES else NO_LABEL for name in names]
        in_archive = np.isin(films.archives, self.archives)
        return np.where(in_archive & ~unread, known, NO_LABEL).astype(np.int64)

    def weights(self, films: Films) -> NDArray[np.float64]:
        """How much each film counts in training, (N,), by the labels that `films` have."""
        if self.weighing == "classes":
            return np.ones(len(films))
        return np.array(repeats(films, by_view=self.weighing == "sources and views"))


def truth(films: Films) -> NDArray[np.int64]:
    """The corrected label, (N,), of films that a figure may rest on; NO_LABEL for others."""
    known = [CLASSES.index(name) if name in CLASSES else NO_LABEL for name in films.labels]
    return np.where(np.array(films.is_unread), NO_LABEL, known).astype(np.int64)


VARIANTS = (
    Variant("old films as published", archives=(OLD,), is_published=True, weighing="classes"),
    Variant("old films as published, weighed", archives=(OLD,), is_published=True),
    Variant("old films, corrected labels", archives=(OLD,)),
    Variant("new films alone", archives=(MORE,)),
    Variant("all films"),
    Variant("all films, classes weighed alone", weighing="classes"),
    Variant("all films, sources weighed", weighing="sources"),
    Variant("all films, unread ones cleaned", unread="clean"),
    Variant("all films, unread ones kept", unread="keep"),
    Variant("all films, Mixed_5d", cuts=("Mixed_5d",)),
    Variant("all films, Mixed_6e", cuts=("Mixed_6e",)),
    Variant("all films, Mixed_6e and Mixed_7a", cuts=("Mixed_6e", "Mixed_7a")),
)
