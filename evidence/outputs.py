"""The exported file's answers for many films, so that what is judged is what ships."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import Model, fit_to_spec
from training.data.chest_xray import Films

BATCH = 16


@dataclass(frozen=True)
class Outputs:
    """`probabilities` (N, K), `ood_scores` (N,) and `heatmaps` (N, K, h, w) of N images."""

    probabilities: NDArray[np.float64]
    ood_scores: NDArray[np.float64]
    heatmaps: NDArray[np.float32]

    def take(self, indices: Sequence[int]) -> "Outputs":
        chosen = list(indices)
        return Outputs(self.probabilities[chosen], self.ood_scores[chosen], self.heatmaps[chosen])

    @classmethod
    def joined(cls, parts: Sequence["Outputs"]) -> "Outputs":
        return cls(
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.ood_scores for part in parts]),
            np.concatenate([part.heatmaps for part in parts]),
        )


def pixels_of(model: Model, images: Iterable[Image.Image]) -> NDArray[np.uint8]:
    """As serving fits them, (N, H, W, C)."""
    mode = "L" if model.spec.channels == 1 else "RGB"
    return np.stack([fit_to_spec(image.convert(mode), model.spec) for image in images])


def film_pixels(model: Model, films: Films) -> NDArray[np.uint8]:
    return pixels_of(model, (films.photos.photo(index) for index in range(len(films))))


def run(model: Model, pixels: NDArray[np.uint8]) -> Outputs:
    batches = [model.run(pixels[start : start + BATCH]) for start in range(0, len(pixels), BATCH)]
    return Outputs(
        np.concatenate([batch["probabilities"] for batch in batches]).astype(np.float64),
        np.concatenate([batch["ood_score"] for batch in batches]).astype(np.float64),
        np.concatenate([batch["heatmaps"] for batch in batches]),
    )
