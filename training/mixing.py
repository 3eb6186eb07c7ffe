"""Training images that take something from others, so that the source, or the rim, stops telling the class.

`mean` is the weighted mean with an image of the same label from another source: Yao et al. 2022, "Improving
out-of-distribution robustness via selective augmentation" (LISA), section 3, intra-label. `rim` puts the rim of an
image of another label around it, in the manner of Yun et al. 2019 (CutMix), but with the label of what it surrounds.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor

from training.data import Examples

Mixing = Literal["mean", "rim"]
CONCENTRATION = 2.0  # of the beta distribution that weights are drawn from, as in LISA
RIM = 0.1  # of height and width, on each side


@dataclass(frozen=True)
class Mixed:
    """The inputs of `examples`, (N, C, h, w), a `share` of them mixed. Labels stay; torch's generator draws.

    An image that has no partner stays as it is, and so do pooled features, (N, C), on which a head trains alone.

    Args:
        sources: of each example.
        share: of the images that are mixed, 0..1.
    """

    examples: Examples
    sources: Sequence[str]
    mixing: Mixing
    share: float = 0.5
    _cells: list[tuple[int, str]] = field(init=False, repr=False, compare=False, default_factory=list)
    _partners: dict[tuple[int, str], Tensor] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._cells.extend(zip(self.examples.labels.tolist(), self.sources, strict=True))
        members: dict[tuple[int, str], list[int]] = defaultdict(list)
        for index, cell in enumerate(self._cells):
            members[cell].append(index)
        for cell in members:
            pool = [index for other, inside in members.items() if self._is_partner(cell, other) for index in inside]
            self._partners[cell] = torch.tensor(pool, dtype=torch.long)

    @property
    def labels(self) -> Tensor:
        return self.examples.labels

    @property
    def digest(self) -> bytes:
        return self.examples.digest

    def __len__(self) -> int:
        return len(self.examples)

    def to(self, device: torch.device) -> "Mixed":
        return replace(self, examples=self.examples.to(device))

    def inputs(self, indices: Tensor, epoch: int) -> Tensor:
        own = self.examples.inputs(indices, epoch)
        pools = [self._partners[self._cells[index]] for index in indices.tolist()]
        is_chosen = torch.rand(len(pools)) < self.share
        chosen = [place for place, pool in enumerate(pools) if is_chosen[place] and len(pool)]
        if not chosen or own.dim() != 4:
            return own
        partners = torch.stack([pools[place][torch.randint(len(pools[place]), ())] for place in chosen])
        other = self.examples.inputs(partners, epoch)
        own[chosen] = _mean(own[chosen], other) if self.mixing == "mean" else _rim(own[chosen], other)
        return own

    def _is_partner(self, cell: tuple[int, str], other: tuple[int, str]) -> bool:
        if self.mixing == "rim":
            return cell[0] != other[0]
        return cell[0] == other[0] and cell[1] != other[1]


def _mean(own: Tensor, other: Tensor) -> Tensor:
    weights = torch.distributions.Beta(CONCENTRATION, CONCENTRATION).sample((len(own), 1, 1, 1)).to(own)
    return weights * own + (1 - weights) * other


def _rim(own: Tensor, other: Tensor) -> Tensor:
    height, width = own.shape[2:]
    y, x = max(1, round(RIM * height)), max(1, round(RIM * width))
    mixed = other.clone()
    mixed[:, :, y : height - y, x : width - x] = own[:, :, y : height - y, x : width - x]
    return mixed
