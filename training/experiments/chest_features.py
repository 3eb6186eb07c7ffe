"""Frozen features of chest films at several cuts of Inception-v3."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from training.data.chest_xray import FILM_PX, Films
from training.experiments.pooled_cuts import by_cut, pooled_features, pooling_prefix
from training.models.normalize import StandardizeFilm
from training.models.pretrained import pretrained_backbone
from training.views import FilmViews

CUTS = ("Mixed_5d", "Mixed_6e", "Mixed_7a")
MAX_BYTES = 10**10


def film_features(
    films: Films, weights: str, size: int, border: float | None, cache_dir: Path, views: Sequence[int] = (0,)
) -> dict[str, NDArray[np.float32]]:
    """Features (N, d) at each of CUTS, the mean over `views` (0: the film as it is)."""
    backbone = pretrained_backbone("inception_v3", weights).until(CUTS[-1])
    first: list[nn.Module] = [] if border is None else [StandardizeFilm(border)]
    form = FilmViews(size, size, detail_px=FILM_PX)
    prefix = pooling_prefix(backbone, CUTS, first)
    return by_cut(pooled_features(films.photos, prefix, form, cache_dir, MAX_BYTES, views), backbone, CUTS)
