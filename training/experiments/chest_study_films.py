"""The films that the study of sources works on: both archives outside the test fold, with both labels of each."""

from pathlib import Path

from training.data.chest_xray import CLASSES, Films, all_films
from training.data.chest_xray_films import ARCHIVES
from training.data.chest_xray_folds import outside_test
from training.data.spread import spread


def study_films(data_dir: Path, limit: int | None) -> Films:
    """Films that are of one of CLASSES as published or as corrected; `limit` of them, evenly spread."""
    films = all_films(data_dir, ARCHIVES, "corrected")
    pairs = zip(films.labels, films.known, strict=True)
    films = films.take([i for i, (label, film) in enumerate(pairs) if label in CLASSES or film.published in CLASSES])
    return spread(outside_test(films), limit)
