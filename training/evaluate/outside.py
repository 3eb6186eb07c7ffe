"""What is no upright frontal chest film: how well the file's score tells it apart, and how much of it is refused."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from export.runtime import Model
from training.auroc import auroc, patient_interval
from training.data.chest_xray import Films
from training.data.outside import outside_sets
from training.evaluate.outputs import pixels_of, run
from training.evaluate.performance import figure, share_of

IMAGES = 500
SEED = 0


def evidence(model: Model, films: Films, inside: NDArray[np.float64], data_dir: Path) -> dict[str, Any]:
    """AUROC and refused share of each set against `films`, the test fold, whose scores are `inside`."""
    result: dict[str, Any] = {"test films accepted": share_of(int((inside < 1).sum()), len(inside)), "sets": {}}
    for name, images in sets(films, data_dir).items():
        scores = run(model, pixels_of(model, images)).ood_scores
        result["sets"][name] = {
            "auroc": _told_apart(inside, films.patients, scores),
            "refused": share_of(int((scores >= 1).sum()), len(scores)),
            "n": len(scores),
        }
    return result


def _told_apart(inside: NDArray[np.float64], patients: tuple[str, ...], outside: NDArray[np.float64]) -> dict[str, Any]:
    """AUROC; its interval draws patients, and each image of the other set for itself."""
    is_outside = np.r_[np.zeros(len(inside), bool), np.ones(len(outside), bool)]
    scores = np.r_[inside, outside]
    drawn = [*patients, *(f"image {number} of the set" for number in range(len(outside)))]
    interval = patient_interval(lambda i: auroc(is_outside[i], scores[i]), drawn)
    return figure(auroc(is_outside, scores), interval, len(scores))


def sets(films: Films, data_dir: Path) -> dict[str, list[Image.Image]]:
    """Other things, noise, and test films that were turned, mirrored top to bottom, or inverted."""
    some = [films.photos.photo(i) for i in range(0, len(films), max(1, len(films) // IMAGES))][:IMAGES]
    named = outside_sets(data_dir, IMAGES, without="chest_xray")
    noise = np.random.default_rng(SEED).integers(0, 256, (IMAGES, 224, 224), dtype=np.uint8)
    named["noise"] = [Image.fromarray(one) for one in noise]
    named["films turned by 90 degrees"] = [film.transpose(Image.Transpose.ROTATE_90) for film in some]
    named["films upside down"] = [film.transpose(Image.Transpose.ROTATE_180) for film in some]
    named["films inverted"] = [ImageOps.invert(film) for film in some]
    return named
