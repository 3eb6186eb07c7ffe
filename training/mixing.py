"""Training examples that are in part those of another source, so that the source stops telling the class.

What is mixed are feature maps, as the frozen part of a network gives them. Yao et al. 2022, "Improving
out-of-distribution robustness via selective augmentation" (LISA), section 3, intra-label.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from training.data import Examples
from training.objective import Objective

CONCENTRATION = 2.0  # of the beta distribution that weights are drawn from
SHARE = 0.5  # of the examples that are mixed


@dataclass(frozen=True)
class MixedSources:
    """The inputs of `examples`, (N, C, h, w): some are means with one of the same label and of another source.

    Labels stay; torch's generator draws. An example whose label no other source holds stays as it is, and so do pooled
    features, (N, C), on which a head trains alone. `sources` has the source of each example.
    """

    examples: Examples
    sources: Sequence[str]
    share: float = SHARE
    _cells: list[tuple[int, str]] = field(init=False, repr=False, compare=False, default_factory=list)
    _partners: dict[tuple[int, str], Tensor] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._cells.extend(zip(self.examples.labels.tolist(), self.sources, strict=True))
        members: dict[tuple[int, str], list[int]] = defaultdict(list)
        for index, cell in enumerate(self._cells):
            members[cell].append(index)
        for label, source in members:
            others = [cell for cell in members if cell[0] == label and cell[1] != source]
            self._partners[label, source] = torch.tensor([i for cell in others for i in members[cell]]).long()

    @property
    def labels(self) -> Tensor:
        return self.examples.labels

    @property
    def digest(self) -> bytes:
        return self.examples.digest

    def __len__(self) -> int:
        return len(self.examples)

    def to(self, device: torch.device) -> "MixedSources":
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
        weights = torch.distributions.Beta(CONCENTRATION, CONCENTRATION).sample((len(chosen), 1, 1, 1)).to(own)
        own[chosen] = weights * own[chosen] + (1 - weights) * other
        return own


@dataclass(frozen=True)
class Mixing(Objective):
    """Trains on MixedSources; `sources` has the source of each example."""

    sources: Sequence[str]

    def examples(self, outputs: Examples) -> Examples:
        return MixedSources(outputs, self.sources)
