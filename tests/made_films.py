"""Films without pixels, for figures on answers made by hand."""

from pathlib import Path

import torch

from training.data.chest_xray import CLASSES, Film, Films
from training.data.photos import Photos


def films_of(labels, patients, source="nih"):
    paths = tuple(Path(CLASSES[label]) / f"{source}-{number:05}.jpg" for number, label in enumerate(labels))
    photos = Photos(paths, torch.tensor(labels), (b"",) * len(labels), channels=1)
    return Films(photos, tuple(Film(patient, source, "adult") for patient in patients))
