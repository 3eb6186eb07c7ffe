"""Frozen features at several cuts of one backbone, computed once per photo and view and kept on disk."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fovea import SettingError
from fovea.listing import either
from training.data.photos import PhotoSet
from training.models.backbones import Backbone
from training.models.normalize import Normalize
from training.models.transfer_net import FrozenPrefix
from training.precision import uses_bf16
from training.prefix_cache import PrefixOutputs, open_store
from training.views import Views


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


def pooling_prefix(backbone: Backbone, cuts: Sequence[str], first: Sequence[nn.Module] = ()) -> FrozenPrefix:
    """Pixels, which go through `first`, to what PooledCuts gives."""
    prefix = FrozenPrefix(*first, Normalize(backbone.mean, backbone.std), PooledCuts(backbone, cuts))
    prefix.to(memory_format=torch.channels_last)
    return prefix


def pooled_features(
    photos: PhotoSet, prefix: FrozenPrefix, form: Views, cache_dir: Path, max_bytes: int, views: Sequence[int] = (0,)
) -> NDArray[np.float32]:
    """What a pooling prefix gives, (N, d), the mean over `views` (0: the photo as it is).

    What is on disk is named by the weights, the layers and their settings, size and view, so nothing stale is read. An
    interrupted call goes on where it stopped.
    """
    bf16 = uses_bf16("auto")
    example = torch.zeros(1, form.height, form.width, photos.channels, dtype=torch.uint8)
    store = open_store(cache_dir, prefix, example, max_bytes, bf16=bf16)
    outputs = PrefixOutputs(photos, form, max(views), prefix, store, bf16=bf16)
    rows = torch.arange(len(photos))
    seen = []
    for number in views:
        one = outputs if number else PrefixOutputs(photos, form, 0, prefix, store, bf16=bf16)
        one.fill(number or 1)
        seen.append(one.inputs(rows, number - 1 if number else 0).numpy())
    features: NDArray[np.float32] = np.mean(seen, axis=0, dtype=np.float32)
    return features


def by_cut(features: NDArray[np.float32], backbone: Backbone, cuts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """What PooledCuts gives, (N, d), as the features (N, d_cut) of each cut."""
    with torch.no_grad():
        edges = np.cumsum([backbone_width(backbone, cut) for cut in cuts])
    return dict(zip(cuts, np.split(features, edges[:-1], axis=1), strict=True))


def backbone_width(backbone: Backbone, cut: str) -> int:
    """Channels of the maps behind the stage `cut`."""
    stages = nn.Sequential(backbone.until(cut).stages)
    channels: int = stages(torch.zeros(1, 3, 96, 96)).shape[1]
    return channels
