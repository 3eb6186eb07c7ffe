"""Frozen features of chest films at several cuts of a backbone, computed once per film and view and kept on disk."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.data.chest_xray import FILM_PX, Films
from training.experiments.pooled_cuts import PooledCuts, by_cut
from training.models.normalize import Normalize, StandardizeFilm
from training.models.pretrained import pretrained_backbone
from training.models.transfer_net import FrozenPrefix
from training.precision import uses_bf16
from training.prefix_cache import PrefixOutputs, open_store
from training.views import FilmViews

CUTS = ("Mixed_5d", "Mixed_6e", "Mixed_7a")
MAX_BYTES = 10**10


def pooled_features(
    films: Films, weights: str, size: int, border: float | None, cache_dir: Path, views: Sequence[int] = (0,)
) -> dict[str, NDArray[np.float32]]:
    """Features (N, d) at each of CUTS, the mean over `views` (0: the film as it is).

    What is on disk is named by the weights, the layers and their settings, size and view, so nothing stale is read. An
    interrupted call goes on where it stopped.
    """
    backbone = pretrained_backbone("inception_v3", weights).until(CUTS[-1])
    first: list[nn.Module] = [] if border is None else [StandardizeFilm(border)]
    prefix = FrozenPrefix(*first, Normalize(backbone.mean, backbone.std), PooledCuts(backbone, CUTS))
    prefix.to(memory_format=torch.channels_last)
    bf16 = uses_bf16("auto")
    example = torch.zeros(1, size, size, 1, dtype=torch.uint8)
    store = open_store(cache_dir, prefix, example, MAX_BYTES, bf16=bf16)
    form = FilmViews(size, size, detail_px=FILM_PX)
    outputs = PrefixOutputs(films.photos, form, max(views), prefix, store, bf16=bf16)
    rows = torch.arange(len(films))
    seen = []
    for number in views:
        one = outputs if number else PrefixOutputs(films.photos, form, 0, prefix, store, bf16=bf16)
        one.fill(number or 1)
        seen.append(one.inputs(rows, number - 1 if number else 0).numpy())
    return by_cut(np.mean(seen, axis=0, dtype=np.float32), backbone, CUTS)
