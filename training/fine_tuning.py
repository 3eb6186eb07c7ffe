"""Transfer learning, whatever the task: a head on the frozen backbone, then the last stages with it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from torch import nn

from fovea import Fit
from training.data import Examples, Splits
from training.data.photos import PhotoSet
from training.data.spread import spread
from training.loop import Progress, Trainer
from training.models.head import HeadForm
from training.models.pretrained import STEM_NORM, pretrained_backbone
from training.models.transfer_net import TransferNet
from training.objective import PLAIN, Objective
from training.precision import Precision, make_accelerator, uses_bf16
from training.prefix_cache import PrefixOutputs, open_store
from training.report import History
from training.run import Trained
from training.schedule import Schedule, make_schedule
from training.views import Views

Set = TypeVar("Set", bound=PhotoSet)


@dataclass(frozen=True)
class TransferConfig(ABC):
    """Settings that every transfer task has; its own Config adds the folder, the views and other defaults."""

    backbone: str = "inception_v3"
    """vgg16, inception_v3, resnet50 (v2) or any convolutional network that timm names"""
    weights: str = "hub"
    """hub, none (random) or a .safetensors, .pt or .pth file with the publisher's names"""
    last_stage: str | None = None
    """cut the backbone behind this stage (None: where the weights end)"""
    size: int = 299
    """height and width of the network's input, in pixels"""
    fit: Fit = "stretch"
    head: HeadForm = "pooled"
    hidden: int = 0
    """units between pooling and classes (0: a single dense layer)"""
    dropout: float = 0.3
    label_smoothing: float = 0.1
    head_views: int = 0
    """augmented views of each photo while the head alone trains"""
    views: int = 8
    """augmented views of each photo, one an epoch in turn (0: train on the plain photos)"""
    head_epochs: int = 12
    head_learning_rate: float = 3e-3
    tune_from: str | None = None
    """first stage that fine-tuning trains (None: the backbone's own)"""
    tune_epochs: int = 8
    """epochs of fine-tuning (0: leave the backbone as it is)"""
    tune_learning_rate: float = 2e-4
    schedule: Schedule = "one-cycle"
    weight_decay: float = 1e-2
    """decoupled weight decay, as in AdamW"""
    averaging: float = 0.0
    """decay, per step, of the average of the weights that is judged and kept (0: the last weights are)"""
    batch_size: int = 32
    precision: Precision = "auto"
    """precision of the frozen part and of training (auto: bfloat16 where the device computes in it)"""
    seed: int = 0
    limit: int | None = None
    """use only N photos of each split, spread over the classes (for a quick try)"""
    min_accuracy: float = 0.0
    """fail unless the test accuracy reaches this"""
    strict: bool = False
    """stop at a photo that cannot be read, instead of leaving it out"""
    cache: bool = True
    """keep the frozen part's outputs on disk, instead of computing them in every epoch"""
    cache_dir: Path = Path("data/prefix_cache")
    cache_gb: float = 24.0
    """bound of the cache over all runs (the least recently used is deleted first)"""
    data_dir: Path = Path("data")
    runs_dir: Path = Path("runs")
    name: str = "inception_v3"
    """the run's folder is RUNS_DIR/TASK/NAME"""
    resume: bool = False
    """continue the run of this name"""

    @property
    @abstractmethod
    def folder(self) -> Path:
        """The run's folder."""

    @property
    def trains_batch_norm(self) -> bool:
        """Whether batch norm learns in fine-tuning: what no pretraining gave statistics has to."""
        return False

    @abstractmethod
    def make_views(self) -> Views:
        """How a photo becomes the network's input."""

    def network_options(self) -> dict[str, Any]:
        """What TransferNet takes beside the backbone and the number of classes."""
        size = (self.size, self.size)
        return {"size": size, "head": self.head, "hidden": self.hidden, "dropout": self.dropout}


@dataclass(frozen=True)
class Phase:
    """One stretch of training. `train_from` None trains the head alone."""

    name: str
    train_from: str | None
    views: int
    epochs: int
    learning_rate: float


def start(config: TransferConfig, num_classes: int) -> tuple[TransferNet, dict[str, Any]]:
    """The network before training, and what rebuilds it, with the stage that fine-tuning starts at."""
    torch.manual_seed(config.seed)
    backbone = pretrained_backbone(config.backbone, config.weights)
    if config.last_stage is not None:
        backbone = backbone.until(config.last_stage)
    form = {"num_classes": num_classes} | config.network_options()
    options = form | {
        "last_stage": next(reversed(backbone.stages)),
        "has_stem_norm": config.backbone == "resnet50" and STEM_NORM in backbone.module.state_dict(),
        "tune_from": config.tune_from or backbone.tune_from,
    }
    return TransferNet(backbone, **form), options


def phases(config: TransferConfig, tune_from: str) -> list[Phase]:
    both = [
        Phase("head", None, config.head_views, config.head_epochs, config.head_learning_rate),
        Phase("tune", tune_from, config.views, config.tune_epochs, config.tune_learning_rate),
    ]
    return [phase for phase in both if phase.epochs]


def fine_tune(config: TransferConfig, splits: Splits[Set], judged: Callable[[Set], Examples]) -> Trained[TransferNet]:
    """The network after every phase; `judged` gives a split's inputs for the whole of it."""
    net, options = start(config, len(splits.classes))
    accelerator = make_accelerator(config.precision)
    history = train_phases(net, config, options.pop("tune_from"), splits, accelerator)
    # what a resumed run did before it was stopped is in its epochs alone
    seconds = sum(row["seconds"] for row in history) if config.resume else None
    return Trained(net.cpu(), options, history, judged(splits.val), judged(splits.test), accelerator, seconds)


def train_phases(
    net: TransferNet,
    config: TransferConfig,
    tune_from: str,
    splits: Splits[Set],
    accelerator: Accelerator,
    objective: Objective = PLAIN,
) -> History:
    """Every phase in turn; a row for each epoch, counted through, with the number of its phase."""
    history: History = []
    for number, phase in enumerate(phases(config, tune_from)):
        rows = train_phase(net, phase, config, splits, accelerator, objective).history
        history += [row | {"epoch": row["epoch"] + len(history), "phase": number} for row in rows]
    return history


def train_phase(
    net: TransferNet,
    phase: Phase,
    config: TransferConfig,
    splits: Splits[Set],
    accelerator: Accelerator,
    objective: Objective = PLAIN,
) -> Progress:
    net = net.to(accelerator.device)
    prefix, trainable = net.split(phase.train_from, trains_batch_norm=config.trains_batch_norm)
    views = config.make_views()
    store, bf16 = None, uses_bf16(config.precision)
    with accelerator.main_process_first():  # others on this machine open the store when the outputs are in it
        if config.cache:
            example = torch.zeros(1, config.size, config.size, splits.train.channels, dtype=torch.uint8)
            store = open_store(config.cache_dir, prefix, example, int(config.cache_gb * 1e9), bf16=bf16)
        train = PrefixOutputs(splits.train, views, phase.views, prefix, store, accelerator.device, bf16)
        val = PrefixOutputs(splits.val, views, 0, prefix, store, accelerator.device, bf16)
        train.fill(phase.epochs, show_progress=accelerator.is_main_process)
        val.fill(1, show_progress=accelerator.is_main_process)
    trainer = make_trainer(trainable, phase, config, len(splits.train), accelerator, objective)
    return trainer.fit(objective.examples(train), val, resume=config.resume and trainer.is_begun)


def make_trainer(
    trainable: nn.Module,
    phase: Phase,
    config: TransferConfig,
    n: int,
    accelerator: Accelerator,
    objective: Objective = PLAIN,
) -> Trainer:
    network = objective.network(trainable)
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=phase.learning_rate, weight_decay=config.weight_decay)
    steps = phase.epochs * -(-n // config.batch_size)
    folder = config.folder / phase.name
    folder.mkdir(exist_ok=True)
    return Trainer(
        model=network,
        optimizer=optimizer,
        schedule=make_schedule(config.schedule, optimizer, phase.learning_rate, steps),
        loss=partial(objective.loss, smoothing=config.label_smoothing),
        augment=None,
        folder=folder,
        seed=config.seed,
        batch_size=config.batch_size,
        epochs=phase.epochs,
        accelerator=accelerator,
        averaging=config.averaging,
        title=phase.name,
    )


def limit(splits: Splits[Set], n: int | None) -> Splits[Set]:
    """`n` photos of each split, spread over the classes; all with None."""
    return Splits(splits.classes, spread(splits.train, n), spread(splits.val, n), spread(splits.test, n))
