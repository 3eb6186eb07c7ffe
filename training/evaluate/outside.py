"""What is no upright frontal chest film: how well the file's score tells it apart, and how much of it is refused."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from sklearn.metrics import roc_auc_score

from export.runtime import Model
from training.data.chest_xray import Films
from training.data.outside import outside_sets
from training.evaluate.outputs import film_pixels, pixels_of, run
from training.metrics import accuracy_interval

IMAGES = 500
SEED = 0


def evidence(model: Model, films: Films, data_dir: Path) -> dict[str, Any]:
    """AUROC and refused share of each set against `films`, the test fold."""
    inside = run(model, film_pixels(model, films)).ood_scores
    result: dict[str, Any] = {
        "test films accepted": {"share": round(float((inside < 1).mean()), 4), "n": len(inside)},
        "sets": {},
    }
    for name, images in sets(films, data_dir).items():
        scores = run(model, pixels_of(model, images)).ood_scores
        truth = np.r_[np.zeros(len(inside)), np.ones(len(scores))]
        refused = int((scores >= 1).sum())
        result["sets"][name] = {
            "auroc": round(float(roc_auc_score(truth, np.r_[inside, scores])), 4),
            "refused": round(refused / len(scores), 4),
            "interval": [round(bound, 4) for bound in accuracy_interval(refused, len(scores))],
            "n": len(scores),
        }
    return result


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
