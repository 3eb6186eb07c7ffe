"""What mirrored films do in training: a linear probe on frozen features, with and without each training film mirrored.

Judged by patient-grouped five-fold cross-validation on films as they are, outside the test fold. The heart lies on the
left in nearly everyone, so a mirrored film is one that hardly exists.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from training.data.chest_xray import FILM_PX, Films, grouped_folds, load_films, split_off_test
from training.data.spread import spread
from training.experiments import chest_inputs
from training.experiments.result import write_result
from training.frozen_features import embeddings, fitted
from training.recipes.chest_xray import Config, fold_figures
from training.views import FilmViews

SIZE = 299


@dataclass(frozen=True)
class Options(chest_inputs.Options):
    """What to run."""

    json: Path = Path("space/results/chest_flip.json")


@dataclass(frozen=True)
class MirroredViews(FilmViews):
    """View 0 with left and right exchanged."""

    def render(self, photo: Image.Image, digest: bytes, number: int) -> Tensor:
        return torch.flip(super().render(photo, digest, number), dims=(1,))

    def key(self, digest: bytes, number: int) -> bytes:
        return super().key(b"mirrored" + digest, number)


@dataclass(frozen=True)
class MirroredConfig(Config):
    """As Config, seeing mirrored films."""

    def make_views(self) -> MirroredViews:
        return MirroredViews(self.size, self.size, self.fit, detail_px=FILM_PX)


def main(options: Options) -> dict[str, Any]:
    """Probe both ways, then write the JSON; its content."""
    films = spread(split_off_test(load_films(options.data_dir))[0], options.limit)
    config = Config(size=SIZE, weights=options.weights, cache_dir=options.cache_dir)
    plain, mirrored = embeddings(config, films.photos), embeddings(MirroredConfig(**vars(config)), films.photos)
    content = {
        "n": len(films),
        "films as they are": probed(plain, None, films),
        "mirrored films too": probed(plain, mirrored, films),
    }
    return write_result(options.json, "chest_flip", content)


def probed(embedding: np.ndarray, also: np.ndarray | None, films: Films) -> dict[str, float]:
    """Figures of the pooled predictions; the features `also` of the same films join the training alone."""
    labels = films.photos.labels.numpy()
    probabilities = np.zeros((len(films), 3))
    for train, val in grouped_folds(films, 5):
        shown, truth = embedding[train], labels[train]
        if also is not None:
            shown, truth = np.concatenate([shown, also[train]]), np.concatenate([truth, truth])
        probabilities[val] = fitted(shown, truth).predict_proba(embedding[val])
    return {name: round(value, 4) for name, value in fold_figures(probabilities, films).items()}
