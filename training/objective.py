"""What a phase of training shows, and what it minimises: here the plain ones, which others change."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.data import Examples


class Objective:
    """The examples as they are, the network as it is, and the mean cross-entropy of the classes."""

    def examples(self, outputs: Examples) -> Examples:
        """What is trained on, made from the frozen part's outputs for the training images."""
        return outputs

    def network(self, trainable: nn.Module) -> nn.Module:
        """What is trained; it shares the layers of `trainable`, which are what stays."""
        return trainable

    def loss(self, output: Tensor | tuple[Tensor, ...], labels: Tensor, smoothing: float) -> Tensor:
        """Of what the network gives in its mode, and of labels as `examples` has them or plain ones (N,)."""
        logits = output[0] if isinstance(output, tuple) else output
        return functional.cross_entropy(logits, classes_of(labels), label_smoothing=smoothing)


PLAIN = Objective()


def classes_of(labels: Tensor) -> Tensor:
    """The class of each image, from labels (N,), or (N, 2) where the loss is told a group too."""
    return labels if labels.dim() == 1 else labels[:, 0]


def with_groups(labels: Tensor, groups: Tensor) -> Tensor:
    """Labels (N, 2) that hold a class and a group each."""
    return torch.stack([labels, groups.to(labels.device)], dim=1)
