"""What can be told without looking at the lungs: probes that see only the rim, no lungs, or a film's statistics.

A probe is a linear classifier on the frozen backbone's features of masked films, or a classifier on six numbers of each
film, judged by patient-grouped five-fold cross-validation outside the test fold. The shipped file is shown the masked
films of the test fold. Within a source, where the source gives nothing away, all of them should be near chance.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from sklearn.ensemble import HistGradientBoostingClassifier

from evidence import within_sources
from evidence.outputs import Outputs, film_pixels, run
from evidence.performance import OVERALL, Measure, Probabilities, each, share_of
from evidence.within_sources import Facts, figures_by_key
from fovea import Model
from training.data.chest_xray import CLASSES, FILM_PX, Films, grouped_folds
from training.data.spread import spread
from training.frozen_features import embeddings, fitted
from training.recipes.chest_xray import Config
from training.views import FilmViews

PROBED = 3000  # films: each passes the backbone once for every mask
RIM = 0.06  # of each side, for "rim"
LUNGS = (0.06, 0.08, 0.94, 0.92)  # left, top, right, bottom of the box that hides the lungs, for "no lungs"
MASKS = ("rim", "no lungs")
GREY = 128
BOTH = {name: OVERALL[name] for name in ("accuracy", "macro_auroc")}


def hidden(keep: str, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns to paint grey: "rim" leaves the outer rim alone, "no lungs" hides a central box."""
    left, top, right, bottom = LUNGS if keep == "no lungs" else (RIM, RIM, 1 - RIM, 1 - RIM)
    return slice(round(top * height), round(bottom * height)), slice(round(left * width), round(right * width))


@dataclass(frozen=True)
class MaskedViews(FilmViews):
    """View 0 with the part painted grey that `keep` hides."""

    keep: str = "rim"

    def render(self, photo: Image.Image, digest: bytes, number: int) -> Any:
        pixels = super().render(photo, digest, number)
        pixels[hidden(self.keep, self.height, self.width)] = GREY
        return pixels

    def key(self, digest: bytes, number: int) -> bytes:
        return super().key(self.keep.encode() + digest, number)


@dataclass(frozen=True)
class MaskedConfig(Config):
    """A network that sees masked films as they are, without standardisation: it hides what the probe asks for."""

    film_border: float | None = None
    keep: str = "rim"

    def make_views(self) -> MaskedViews:
        return MaskedViews(self.size, self.size, self.fit, keep=self.keep, detail_px=FILM_PX)


def evidence(films: Films, config: Config, model: Model, test: Films, seen: Outputs) -> dict[str, Any]:
    """`films` are all outside the test fold, `seen` the file's outputs for the films of `test` as they are."""
    some = spread(films, PROBED)
    return {"films": len(films), "probes": probes(some, config), "file": of_the_file(model, test, seen)}


def probes(films: Films, config: Config) -> dict[str, Any]:
    rows = {}
    for keep in MASKS:
        masked = MaskedConfig(**(vars(config) | {"film_border": None, "keep": keep}))
        rows[f"frozen features, {keep}"] = _probe(embeddings(masked, films.photos), films, is_linear=True)
    rows["six numbers of the file"] = _probe(statistics(films), films, is_linear=False)
    return rows


def of_the_file(model: Model, films: Films, seen: Outputs) -> dict[str, Any]:
    """The shipped file on whole and on masked films."""
    outputs, pixels = {"whole film": seen}, film_pixels(model, films)
    for keep in MASKS:
        masked = pixels.copy()
        masked[(slice(None), *hidden(keep, *pixels.shape[1:3]))] = GREY
        outputs[keep] = run(model, masked)
    rows = {}
    for name, found in outputs.items():
        refused = share_of(~found.is_answered(model.spec), films.patients)
        rows[name] = _judged(found.probabilities, films) | {"not answered": refused}
    return rows


def statistics(films: Films) -> NDArray[np.float64]:
    """(N, 6): mean, deviation, share of black, share of white, sharpness, brightness of the rim against the middle."""
    rows = []
    for index in range(len(films)):
        film = films.photos.photo(index)
        grey = np.asarray(film, dtype=np.float32)
        edges = np.asarray(film.filter(ImageFilter.FIND_EDGES), dtype=np.float32)[2:-2, 2:-2]
        inner = grey[grey.shape[0] // 8 : -(grey.shape[0] // 8), grey.shape[1] // 8 : -(grey.shape[1] // 8)]
        rim = (grey.sum() - inner.sum()) / (grey.size - inner.size)
        rows.append([grey.mean(), grey.std(), (grey < 8).mean(), (grey > 247).mean(), edges.std(), rim - inner.mean()])
    return np.array(rows)


def _probe(features: NDArray[Any], films: Films, *, is_linear: bool) -> dict[str, Any]:
    labels = films.photos.labels.numpy()
    probabilities = np.zeros((len(films), len(CLASSES)))
    for train, val in grouped_folds(films, 5):
        if is_linear:
            probe = fitted(features[train], labels[train])
        else:
            probe = HistGradientBoostingClassifier(random_state=0).fit(features[train], labels[train])
        probabilities[val] = probe.predict_proba(features[val])
    return _judged(probabilities, films)


def _judged(probabilities: Probabilities, films: Films) -> dict[str, Any]:
    """Over all films, and AUC within each of WITHIN that has enough patients."""
    labels = films.photos.labels.numpy()

    def of_films(measure: Measure, i: Any) -> float:
        return measure(probabilities[i], labels[i])

    within = within_sources.evidence(probabilities, labels, Facts.of(films), by_age=False)
    return {
        "n": len(films),
        **each(BOTH, of_films, films.patients, len(films)),
        "within": figures_by_key(within),
    }
