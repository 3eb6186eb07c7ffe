"""Training against a head that tells the source: what it finds in the features is unlearned.

Ganin and Lempitsky 2015, "Unsupervised domain adaptation by backpropagation", for its gradient reversal. Sources hold
other classes in other shares, so the head tells sources within a class: Li et al. 2018, "Deep domain generalization via
conditional invariant adversarial networks".
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.data import Examples
from training.experiments.group_dro import Grouped, numbered
from training.models.head import Head
from training.objective import Objective, classes_of

HIDDEN = 64
# Of the reversed gradient beside that of the classes. The paper lets it grow over tens of thousands of steps.
STRENGTH = 0.3


class _Reversed(torch.autograd.Function):
    """The identity, whose gradient is turned round and scaled by STRENGTH."""

    @staticmethod
    def forward(_context: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(_context: Any, gradient: Tensor) -> Tensor:
        return -STRENGTH * gradient


class WithSourceHead(nn.Module):
    """`trainable`, whose last layer is a Head; in training also logits (N, classes, sources) of the source."""

    def __init__(self, trainable: nn.Sequential, sources: int) -> None:
        super().__init__()
        *layers, head = trainable
        assert isinstance(head, Head)
        self.trainable, self._layers, self.head = trainable, layers, head
        classes = head.fc2.out_features
        self.source = nn.Sequential(
            nn.Linear(head.dimensions, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, classes * sources),
            nn.Unflatten(1, (classes, sources)),
        )

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        for layer in self._layers:
            x = layer(x)
        embedding = self.head.embed(x)
        logits = self.head.classify(embedding)
        if not self.training:
            return logits
        return logits, self.source(_Reversed.apply(embedding))


class SourceAdversary(Objective):
    """`sources` has a name for each training example."""

    def __init__(self, sources: Sequence[str]) -> None:
        self.sources = numbered(sources)

    def examples(self, outputs: Examples) -> Examples:
        return Grouped(outputs, self.sources)

    def network(self, trainable: nn.Module) -> nn.Module:
        assert isinstance(trainable, nn.Sequential)
        return WithSourceHead(trainable, int(self.sources.max()) + 1)

    def loss(self, output: Tensor | tuple[Tensor, ...], labels: Tensor, smoothing: float) -> Tensor:
        of_classes = super().loss(output, labels, smoothing)
        if isinstance(output, Tensor):
            return of_classes
        of_own_class = output[1][torch.arange(len(labels)), classes_of(labels)]
        return of_classes + functional.cross_entropy(of_own_class, labels[:, 1])
