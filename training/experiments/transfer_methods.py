"""Three ways to train a network on photos or films, by name.

`frozen`: a new head on the backbone's features. `tuned`: the same, then the last stages learn too. `scratch`: every
layer, from random weights.
"""

import dataclasses
import time
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from training.data import Splits
from training.data.photos import Photos
from training.fine_tuning import Phase, TransferConfig, make_trainer, start, train_phase
from training.loop import Trainer, predict_logits
from training.models.transfer_net import Trainable, TransferNet
from training.objective import PLAIN, Objective
from training.precision import make_accelerator, uses_bf16
from training.prefix_cache import PrefixOutputs, open_store, uncached

Method = Literal["frozen", "tuned", "scratch"]
METHODS: tuple[Method, ...] = ("frozen", "tuned", "scratch")
WATCHED_STEP = 8  # every so many validation photos are looked at after each epoch; nothing is chosen by them


@dataclass(frozen=True)
class Measured:
    """`logits` (N, K) of the test photos after the last step, and the `seconds` that training took."""

    logits: torch.Tensor
    seconds: float

    def right(self, labels: torch.Tensor) -> int:
        """How many of the photos with these labels (N,) get their own class."""
        return int((self.logits.argmax(1) == labels).sum())


def measured(
    method: Method,
    config: TransferConfig,
    splits: Splits[Photos],
    scratch_epochs: int,
    objective: Objective = PLAIN,
) -> Measured:
    """Train by `method` in the run's folder, which must not exist yet, and look at the test photos.

    `objective` is that of a frozen or tuned network.
    """
    config.folder.mkdir(parents=True)
    net, rebuilt = start(config, len(splits.classes))
    watched = dataclasses.replace(splits, val=splits.val.take(range(0, len(splits.val), WATCHED_STEP)))
    head = Phase("head", None, config.head_views, config.head_epochs, config.head_learning_rate)
    tune = Phase("tune", rebuilt["tune_from"], config.views, config.tune_epochs, config.tune_learning_rate)
    began = time.monotonic()
    if method == "scratch":
        _from_scratch(net, config, watched, scratch_epochs)
        seconds = time.monotonic() - began
        return Measured(_logits(net, config, splits), seconds)
    chosen = [phase for phase in ((head,) if method == "frozen" else (head, tune)) if phase.epochs]
    for phase in chosen:
        train_phase(net, phase, config, watched, make_accelerator(config.precision), objective)
    seconds = time.monotonic() - began
    return Measured(_cached_logits(net, chosen[-1].train_from, config, splits), seconds)


def parameters(method: Method, config: TransferConfig, num_classes: int) -> dict[str, int]:
    """How many parameters the network has, `all`, and how many of them learn, `trained`."""
    net, rebuilt = start(config, num_classes)
    if method == "scratch":
        learns: nn.Module = whole(net)
    else:
        learns = net.split(rebuilt["tune_from"] if method == "tuned" else None)[1]
    return {
        "all": sum(parameter.numel() for parameter in net.parameters()),
        "trained": sum(parameter.numel() for parameter in learns.parameters() if parameter.requires_grad),
    }


def whole(net: TransferNet) -> Trainable:
    """Every layer, to be trained from random weights."""
    return Trainable(net.normalize, net.stages, net.head, trains_batch_norm=True)


def _from_scratch(net: TransferNet, config: TransferConfig, splits: Splits[Photos], epochs: int) -> None:
    views = config.make_views()
    pixels = _Remembered(uncached(splits.train, views, config.views), config.views)
    phase = Phase("scratch", None, config.views, epochs, config.tune_learning_rate)
    trainer: Trainer = make_trainer(whole(net), phase, config, len(splits.train), make_accelerator(config.precision))
    trainer.fit(pixels, uncached(splits.val, views))


class _Remembered:
    """Every view rendered once and kept in memory as pixels: small photos, many epochs."""

    def __init__(self, source: PrefixOutputs, count: int) -> None:
        self.source, self.labels, self.count = source, source.labels, count
        self.views: dict[tuple[int, int], torch.Tensor] = {}

    @property
    def digest(self) -> bytes:
        return self.source.digest

    def __len__(self) -> int:
        return len(self.source)

    def to(self, device: torch.device) -> "_Remembered":
        self.source, self.labels = self.source.to(device), self.labels.to(device)
        return self

    def inputs(self, indices: torch.Tensor, epoch: int) -> torch.Tensor:
        number = epoch % self.count
        for index in indices.tolist():
            if (index, number) not in self.views:
                self.views[index, number] = self.source.inputs(torch.tensor([index]), epoch)[0].byte()
        return torch.stack([self.views[index, number] for index in indices.tolist()])


def _cached_logits(
    net: TransferNet, train_from: str | None, config: TransferConfig, splits: Splits[Photos]
) -> torch.Tensor:
    """As `_logits`, with the frozen part's outputs on the test photos from the cache, where later runs find them."""
    prefix, rest = net.cpu().split(train_from)
    bf16 = uses_bf16(config.precision)
    example = torch.zeros(1, config.size, config.size, splits.test.channels, dtype=torch.uint8)
    store = open_store(config.cache_dir, prefix, example, int(config.cache_gb * 1e9), bf16=bf16)
    test = PrefixOutputs(splits.test, config.make_views(), 0, prefix, store, bf16=bf16)
    test.fill(1)
    return predict_logits(rest, test, batch_size=32)[:, : net.head.num_classes]


def _logits(net: nn.Module, config: TransferConfig, splits: Splits[Photos]) -> torch.Tensor:
    return predict_logits(net.cpu(), uncached(splits.test, config.make_views()), batch_size=16)
