"""What can be told without looking at the lungs: probes that see only the rim, no lungs, or a film's statistics.

A probe is a linear classifier on the frozen network's features of the masked films, or on six numbers of each film;
all are judged by patient-grouped five-fold cross-validation outside the test fold.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageFilter
from sklearn.ensemble import HistGradientBoostingClassifier

from evidence.performance import OVERALL, each, normal_against_pneumonia
from training.data.chest_xray import CLASSES, FILM_PX, Films, grouped_folds
from training.frozen_features import embeddings, fitted
from training.recipes.chest_xray import Config
from training.views import FilmViews

RIM = 0.06  # of each side, for "border only"
BOTH = {name: OVERALL[name] for name in ("accuracy", "macro_auroc")}
LUNGS = (0.06, 0.08, 0.94, 0.92)  # left, top, right, bottom of the box that hides the lungs


@dataclass(frozen=True)
class MaskedViews(FilmViews):
    """View 0 with a part painted mid-grey: `keep` "rim" leaves the outer rim, "no lungs" hides a central box."""

    keep: str = "rim"

    def render(self, photo: Image.Image, digest: bytes, number: int) -> Any:
        pixels = super().render(photo, digest, number)
        left, top, right, bottom = LUNGS if self.keep == "no lungs" else (RIM, RIM, 1 - RIM, 1 - RIM)
        rows, columns = (
            slice(round(top * self.height), round(bottom * self.height)),
            slice(round(left * self.width), round(right * self.width)),
        )
        pixels[rows, columns] = 128
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


def evidence(films: Films, config: Config) -> dict[str, Any]:
    rows = {}
    for keep in ("rim", "no lungs"):
        masked = MaskedConfig(**(vars(config) | {"film_border": None, "keep": keep}))
        rows[f"frozen features, {keep}"] = _probe(embeddings(masked, films.photos), films, is_linear=True)
    rows["six numbers of the file"] = _probe(statistics(films), films, is_linear=False)
    return rows


def statistics(films: Films) -> np.ndarray:
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


def _probe(features: np.ndarray, films: Films, *, is_linear: bool) -> dict[str, Any]:
    labels, patients = films.photos.labels.numpy(), films.patients
    probabilities = np.zeros((len(films), len(CLASSES)))
    for train, val in grouped_folds(films, 5):
        if is_linear:
            probe = fitted(features[train], labels[train])
        else:
            probe = HistGradientBoostingClassifier(random_state=0).fit(features[train], labels[train])
        probabilities[val] = probe.predict_proba(features[val])
    result = {
        "n": len(films),
        **each(BOTH, lambda measure, i: measure(probabilities[i], labels[i]), patients, len(films)),
    }
    for source in ("nih", "kermany"):
        inside = [index for index, name in enumerate(films.sources) if name == source]
        within = normal_against_pneumonia(probabilities[inside], films.take(inside))
        result[f"{source} normal against pneumonia"] = within["auroc"]
    return result
