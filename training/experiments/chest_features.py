"""Frozen features of chest films at several cuts of a backbone, computed once per film and view and kept on disk."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fovea import SettingError
from fovea.listing import either
from training.data.chest_xray import FILM_PX, Films
from training.models.backbones import Backbone
from training.models.normalize import Normalize, StandardizeFilm
from training.models.pretrained import pretrained_backbone
from training.models.transfer_net import FrozenPrefix
from training.precision import uses_bf16
from training.prefix_cache import PrefixOutputs, open_store
from training.views import FilmViews

CUTS = ("Mixed_5d", "Mixed_6e", "Mixed_7a")
MAX_BYTES = 10**10


class PooledCuts(nn.Module):
    """Images (N, 3, H, W) to the means of each map behind every stage of `cuts`, side by side: (N, d)."""

    def __init__(self, backbone: Backbone, cuts: Sequence[str]) -> None:
        super().__init__()
        unknown = [cut for cut in cuts if cut not in backbone.stages]
        if unknown:
            raise SettingError(f"There is no stage {unknown[0]} to cut behind. Choose {either(backbone.stages)}.")
        self.cuts = tuple(cuts)
        self.stages = nn.Sequential(backbone.stages)

    def forward(self, x: Tensor) -> Tensor:
        pooled = []
        for name, stage in self.stages.named_children():
            x = stage(x)
            if name in self.cuts:
                pooled.append(x.mean(dim=(2, 3)))
        return torch.cat(pooled, dim=1)

    def extra_repr(self) -> str:
        return f"cuts={self.cuts}"


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
    with torch.no_grad():
        widths = [backbone_width(backbone, cut) for cut in CUTS]
    outputs = PrefixOutputs(films.photos, form, max(views), prefix, store, bf16=bf16)
    rows = torch.arange(len(films))
    total = np.zeros((len(films), sum(widths)), dtype=np.float32)
    for number in views:
        one = outputs if number else PrefixOutputs(films.photos, form, 0, prefix, store, bf16=bf16)
        one.fill(number or 1)
        total += one.inputs(rows, number - 1 if number else 0).numpy() / len(views)
    edges = np.cumsum([0, *widths])
    return {cut: total[:, edges[i] : edges[i + 1]] for i, cut in enumerate(CUTS)}


def backbone_width(backbone: Backbone, cut: str) -> int:
    """Channels of the maps behind the stage `cut`."""
    stages = nn.Sequential(backbone.until(cut).stages)
    channels: int = stages(torch.zeros(1, 3, 96, 96)).shape[1]
    return channels
