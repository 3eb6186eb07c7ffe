"""Training for the worst group: groups that do worse count more, step by step.

Sagawa et al. 2020, "Distributionally robust neural networks for group shifts", algorithm 1. A group is a class within
a source. A batch lacks some groups: the weights of those in it are brought to a sum of 1, or the losses of batches
would not compare. The weights are in no saved state, so a run with it cannot be resumed.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from training.data import Examples
from training.objective import Objective, classes_of, with_groups

STEP = 0.1  # of the weights: a training of a hundred steps needs more than the paper's 0.01


@dataclass(frozen=True)
class Grouped:
    """`examples` with labels (N, 2): the class, and the group as a number."""

    examples: Examples
    groups: Tensor

    @property
    def labels(self) -> Tensor:
        return with_groups(self.examples.labels, self.groups)

    @property
    def digest(self) -> bytes:
        return self.examples.digest

    def __len__(self) -> int:
        return len(self.examples)

    def inputs(self, indices: Tensor, epoch: int) -> Tensor:
        return self.examples.inputs(indices, epoch)

    def to(self, device: torch.device) -> "Grouped":
        return replace(self, examples=self.examples.to(device))


def numbered(names: Sequence[Hashable]) -> Tensor:
    """A number (N,) for each name, equal names alike, counted in the order of their first."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return torch.tensor([numbers[name] for name in names])


class GroupDro(Objective):
    """`groups` has a name for each training example. Validation losses are the plain ones."""

    def __init__(self, groups: Sequence[Hashable]) -> None:
        self.groups = numbered(groups)
        count = int(self.groups.max()) + 1
        self.weights = torch.full((count,), 1 / count)

    def examples(self, outputs: Examples) -> Examples:
        return Grouped(outputs, self.groups)

    def loss(self, output: Tensor | tuple[Tensor, ...], labels: Tensor, smoothing: float) -> Tensor:
        if labels.dim() == 1:
            return super().loss(output, labels, smoothing)
        assert isinstance(output, Tensor)
        losses = functional.cross_entropy(output, classes_of(labels), label_smoothing=smoothing, reduction="none")
        present, of_each = torch.unique(labels[:, 1], return_inverse=True)
        sums = torch.zeros(len(present), device=losses.device).index_add(0, of_each, losses)
        means = sums / of_each.bincount()
        weights = self.weights.to(losses.device)
        weights[present] *= (STEP * means.detach()).exp()
        self.weights = weights / weights.sum()
        worst: Tensor = (self.weights[present] * means).sum() / self.weights[present].sum()
        return worst
