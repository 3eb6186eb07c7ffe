"""The exported file's answers for many films, so that what is judged is what ships."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import Model, ModelSpec, fit_to_spec
from fovea.decision import is_answered, is_unlike_training, shows_other_finding
from training.data.chest_xray import Films

BATCH = 16


@dataclass(frozen=True)
class Outputs:
    """`probabilities` (N, K), `ood_scores` (N,) and `heatmaps` (N, K, h, w) of N images.

    `other_findings` (N,) are scores too, None where the file has none.
    """

    probabilities: NDArray[np.float64]
    ood_scores: NDArray[np.float64]
    heatmaps: NDArray[np.float32]
    other_findings: NDArray[np.float64] | None = None

    def take(self, indices: Sequence[int]) -> "Outputs":
        chosen = list(indices)
        others = None if self.other_findings is None else self.other_findings[chosen]
        return Outputs(self.probabilities[chosen], self.ood_scores[chosen], self.heatmaps[chosen], others)

    @classmethod
    def joined(cls, parts: Sequence["Outputs"]) -> "Outputs":
        others = [part.other_findings for part in parts if part.other_findings is not None]
        return cls(
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.ood_scores for part in parts]),
            np.concatenate([part.heatmaps for part in parts]),
            np.concatenate(others) if others else None,
        )

    def is_answered(self, spec: ModelSpec) -> NDArray[np.bool_]:
        """Whether the file names a class for each image."""
        return is_answered(self.probabilities, self.ood_scores, spec, self.other_findings)

    @property
    def is_unlike_training(self) -> NDArray[np.bool_]:
        return is_unlike_training(self.ood_scores)

    @property
    def shows_other_finding(self) -> NDArray[np.bool_]:
        """Of each image, whether the file says so; of none where it has no such score."""
        if self.other_findings is None:
            return np.zeros(len(self.ood_scores), dtype=bool)
        return shows_other_finding(self.other_findings)


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
        np.concatenate([batch["other_finding"] for batch in batches]).astype(np.float64)
        if "other_finding" in model.outputs
        else None,
    )
