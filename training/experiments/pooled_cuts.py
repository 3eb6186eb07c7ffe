"""Frozen features at several cuts of one backbone: the network runs once, whatever the number of cuts."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fovea import SettingError
from fovea.listing import either
from training.models.backbones import Backbone


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
