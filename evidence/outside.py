"""What is no upright frontal chest film: how well the file's score tells it apart, and how much of it is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from evidence.outputs import pixels_of, run
from evidence.performance import figure, share_of
from export.export_classifier import OUTSIDE_IMAGES
from fovea import Model
from fovea.decision import is_unlike_training
from training.auroc import auroc, patient_interval
from training.data.chest_xray import FILM_PX, Films
from training.data.outside import exposed_and_judged

IMAGES = 500
SEED = 0


def evidence(model: Model, films: Films, inside: NDArray[np.float64], data_dir: Path) -> dict[str, Any]:
    """AUROC and refused share of each set against `films`, the test fold, whose scores are `inside`."""
    result: dict[str, Any] = {"test films accepted": share_of(~is_unlike_training(inside), films.patients), "sets": {}}
    for name, (images, patients) in sets(films, data_dir).items():
        scores = run(model, pixels_of(model, images)).ood_scores
        result["sets"][name] = {
            "auroc": told_apart(inside, films.patients, scores, patients),
            "refused": share_of(is_unlike_training(scores), patients),
            "n": len(scores),
        }
    return result


def told_apart(
    inside: NDArray[np.float64], patients: Sequence[str], outside: NDArray[np.float64], theirs: Sequence[str]
) -> dict[str, Any]:
    """AUROC; its interval draws the patients of both sets, who may be the same.

    Without an interval where every image scores above every film: draws of such scores are all alike.
    """
    if outside.min() > inside.max():
        return figure(1.0, None, len(inside) + len(outside))
    is_outside = np.r_[np.zeros(len(inside), bool), np.ones(len(outside), bool)]
    scores = np.r_[inside, outside]
    interval = patient_interval(lambda i: auroc(is_outside[i], scores[i]), [*patients, *theirs])
    return figure(auroc(is_outside, scores), interval, len(scores))


def sets(films: Films, data_dir: Path) -> dict[str, tuple[list[Image.Image], Sequence[str]]]:
    """Other things, noise, and test films that were turned by a quarter, upside down, or inverted.

    Each with the patients of its images; an image that is no film stands for itself.
    """
    some = films.take(list(range(0, len(films), max(1, len(films) // IMAGES)))[:IMAGES])
    upright = [some.photos.photo(index) for index in range(len(some))]
    noise = np.random.default_rng(SEED).integers(0, 256, (IMAGES, FILM_PX, FILM_PX), dtype=np.uint8)
    _, judged = exposed_and_judged(data_dir, OUTSIDE_IMAGES, without="chest_xray")  # the file may know the others
    others = judged | {"noise": [Image.fromarray(one) for one in noise]}
    changed = {
        "films turned by 90 degrees": [film.transpose(Image.Transpose.ROTATE_90) for film in upright],
        "films upside down": [film.transpose(Image.Transpose.ROTATE_180) for film in upright],
        "films inverted": [ImageOps.invert(film) for film in upright],
    }
    named = {name: (images, [f"{name} {index}" for index in range(len(images))]) for name, images in others.items()}
    return named | {name: (images, some.patients) for name, images in changed.items()}
