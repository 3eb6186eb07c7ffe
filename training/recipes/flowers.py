"""Flowers by transfer learning: a pretrained backbone, first frozen under a new head, then its last stages fine-tuned.

The defaults give the shipped model. PRESETS hold the reference recipe, VGG16 with a flat head of 256 units.
"""

import dataclasses
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import Accelerator
from torch import nn
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from export.runtime import Fit, ModelSpec
from training.checkpoint import Checkpoint, git_revision, save_checkpoint
from training.data import Splits
from training.data.flowers import load_flowers
from training.data.near_duplicates import MAX_DISTANCE, near_duplicates
from training.data.photos import Photos
from training.evaluation import Evaluation, evaluate
from training.features import PrefixFeatures, open_store
from training.loop import Progress, Trainer
from training.models import TRANSFER
from training.models.pretrained import STEM_NORM, pretrained_backbone
from training.models.transfer import HeadForm, TransferNet
from training.report import plain, write_config, write_report
from training.views import Views


@dataclass(frozen=True)
class Config:
    """Settings of one run; the defaults are those of the shipped model."""

    backbone: str = "inception_v3"
    """vgg16, inception_v3, resnet50 (v2) or any convolutional network that timm names"""
    weights: str = "hub"
    """hub, none (random) or a .safetensors, .pt or .pth file with the publisher's names"""
    last_stage: str | None = None
    """cut the backbone behind this stage; by default where the weights end"""
    size: int = 299
    """height and width of the network's input, in pixels"""
    fit: Fit = "stretch"
    head: HeadForm = "pooled"
    hidden: int = 0
    """units between pooling and classes; 0 for a single dense layer"""
    dropout: float = 0.3
    label_smoothing: float = 0.1
    head_views: int = 0
    """as `views`, while the head alone trains"""
    views: int = 8
    """augmented views of each photo, one an epoch in turn; 0 trains on the plain photos"""
    min_area: float = 0.4
    """smallest share of the photo that an augmented view shows"""
    head_epochs: int = 12
    head_learning_rate: float = 3e-3
    tune_from: str | None = None
    """first stage that fine-tuning trains; by default the backbone's own"""
    tune_epochs: int = 8
    """0 leaves the backbone as it came"""
    tune_learning_rate: float = 2e-4
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    weight_decay: float = 1e-2
    """decoupled, as in AdamW"""
    batch_size: int = 32
    seed: int = 0
    limit: int | None = None
    """use only N photos of each split, spread over the classes (for a quick try)"""
    min_accuracy: float = 0.0
    """fail unless the test accuracy reaches this"""
    strict: bool = False
    """stop at a photo that cannot be read, instead of leaving it out"""
    cache: bool = True
    """keep the frozen part's outputs on disk; without it the frozen part runs in every epoch"""
    cache_dir: Path = Path("data/features")
    cache_gb: float = 24.0
    """bound of the cache over all runs; the least recently used is deleted first"""
    data_dir: Path = Path("data")
    runs_dir: Path = Path("runs")
    name: str = "inception_v3"
    """the run's folder is RUNS_DIR/flowers/NAME"""
    resume: bool = False
    """go on from where the run of this name stopped"""

    @property
    def folder(self) -> Path:
        return self.runs_dir / "flowers" / self.name

    def make_views(self) -> Views:
        return Views(self.size, self.size, self.fit, self.min_area)


DEFAULT = Config()
PRESETS = {
    "vgg16-reference": dataclasses.replace(
        DEFAULT,
        name="vgg16-reference",
        backbone="vgg16",
        size=224,
        head="flat",
        hidden=256,
        dropout=0.5,
        label_smoothing=0.0,
        views=0,
        head_epochs=10,
        head_learning_rate=1e-4,
        tune_from="block5",
        tune_epochs=5,
        tune_learning_rate=1e-5,
        schedule="constant",
        weight_decay=0.0,
    ),
}


@dataclass(frozen=True)
class Phase:
    """One stretch of training. `train_from` None trains the head alone."""

    name: str
    train_from: str | None
    views: int
    epochs: int
    learning_rate: float


def main(config: Config) -> dict[str, float]:
    """Train head, then last stages; calibrate, look once at the test photos, write the run folder; the metrics."""
    started = time.monotonic()
    splits = limit(load_flowers(config.data_dir, strict=config.strict), config.limit)
    config.folder.mkdir(parents=True, exist_ok=True)
    settings = plain(config)
    write_config(config.folder, settings)
    net, options = start(config, len(splits.classes))
    accelerator = Accelerator(mixed_precision="bf16" if torch.cuda.is_available() else "no")
    history = []
    for phase in phases(config, options["tune_from"]):
        rows = train_phase(net, phase, config, splits, accelerator).history
        history += [row | {"epoch": row["epoch"] + len(history)} for row in rows]
    metrics, evaluation = measure(net.cpu(), config, splits)
    metrics["train_seconds"] = time.monotonic() - started
    if accelerator.is_main_process:
        spec = make_spec(config, net, splits, evaluation)
        weights = {name: tensor.contiguous() for name, tensor in net.state_dict().items()}
        del options["tune_from"]
        checkpoint = Checkpoint(spec, options, weights, settings, metrics, config.seed, git_revision())
        save_checkpoint(config.folder / "checkpoint.pt", checkpoint)
        seconds = time.monotonic() - started
        write_report(config.folder, spec, settings, history, evaluation.confusion, seconds, look_alikes(splits))
    if metrics["test_accuracy"] < config.min_accuracy:
        raise SystemExit(f"Test accuracy is {metrics['test_accuracy']:.4f}, under {config.min_accuracy} asked for.")
    return metrics


def start(config: Config, num_classes: int) -> tuple[TransferNet, dict[str, Any]]:
    """The network before training, and what rebuilds it, with the stage that fine-tuning starts at."""
    torch.manual_seed(config.seed)
    backbone = pretrained_backbone(config.backbone, config.weights)
    if config.last_stage is not None:
        backbone = backbone.until(config.last_stage)
    form = {
        "num_classes": num_classes,
        "size": (config.size, config.size),
        "head": config.head,
        "hidden": config.hidden,
        "dropout": config.dropout,
    }
    options = form | {
        "last_stage": next(reversed(backbone.stages)),
        "has_stem_norm": config.backbone == "resnet50" and STEM_NORM in backbone.module.state_dict(),
        "tune_from": config.tune_from or backbone.tune_from,
    }
    return TransferNet(backbone, **form), options


def phases(config: Config, tune_from: str) -> list[Phase]:
    both = [
        Phase("head", None, config.head_views, config.head_epochs, config.head_learning_rate),
        Phase("tune", tune_from, config.views, config.tune_epochs, config.tune_learning_rate),
    ]
    return [phase for phase in both if phase.epochs]


def train_phase(
    net: TransferNet, phase: Phase, config: Config, splits: Splits[Photos], accelerator: Accelerator
) -> Progress:
    prefix, trainable = net.to(accelerator.device).split(phase.train_from)
    views = config.make_views()
    store = None
    if config.cache:
        store = open_store(config.cache_dir, prefix, views, int(config.cache_gb * 1e9))
    train = PrefixFeatures(splits.train, views, phase.views, prefix, store, accelerator.device)
    val = PrefixFeatures(splits.val, views, 0, prefix, store, accelerator.device)
    with accelerator.main_process_first():  # the others find the features on disk
        train.fill(phase.epochs, show_progress=accelerator.is_main_process)
        val.fill(1, show_progress=accelerator.is_main_process)
    trainer = make_trainer(trainable, phase, config, len(splits.train), accelerator)
    is_begun = (trainer.folder / "state.pt").is_file()
    resume = config.resume and (is_begun or phase.train_from is None)
    return trainer.fit(train, val, resume=resume)


def make_trainer(trainable: nn.Module, phase: Phase, config: Config, n: int, accelerator: Accelerator) -> Trainer:
    learning = [parameter for parameter in trainable.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=phase.learning_rate, weight_decay=config.weight_decay)
    folder = config.folder / phase.name
    folder.mkdir(exist_ok=True)
    return Trainer(
        model=trainable,
        optimizer=optimizer,
        schedule=make_schedule(config, optimizer, phase, steps=phase.epochs * -(-n // config.batch_size)),
        loss=lambda logits, labels: functional.cross_entropy(logits, labels, label_smoothing=config.label_smoothing),
        augment=None,
        folder=folder,
        seed=config.seed,
        batch_size=config.batch_size,
        epochs=phase.epochs,
        accelerator=accelerator,
        title=phase.name,
    )


def make_schedule(config: Config, optimizer: torch.optim.Optimizer, phase: Phase, steps: int) -> LRScheduler:
    if config.schedule == "constant":
        return LambdaLR(optimizer, _unchanged)
    # OneCycleLR divides by the length of its warm-up less one step, which is zero for runs of five steps.
    return OneCycleLR(optimizer, phase.learning_rate, total_steps=max(steps, 10), pct_start=0.2, cycle_momentum=False)


def _unchanged(_step: int) -> float:
    return 1.0


def limit(splits: Splits[Photos], n: int | None) -> Splits[Photos]:
    """Every k-th photo, so that a small set still holds all classes: files are ordered by class."""
    if n is None:
        return splits

    def some(photos: Photos) -> Photos:
        count = min(n, len(photos))
        return photos.take([index * len(photos) // count for index in range(count)])

    return Splits(splits.classes, some(splits.train), some(splits.val), some(splits.test))


def measure(net: TransferNet, config: Config, splits: Splits[Photos]) -> tuple[dict[str, float], Evaluation]:
    """The whole network on the photos themselves, as it will be exported; the cache has no part in these figures."""
    views = config.make_views()
    val, test = (PrefixFeatures(part, views, 0, nn.Identity(), None) for part in (splits.val, splits.test))
    evaluation = evaluate(net, val, test, len(splits.classes))
    return evaluation.figures(), evaluation


def look_alikes(splits: Splits[Photos]) -> list[str]:
    """The report's sentence on photos that stand in two splits."""
    found = near_duplicates(splits.test, splits.train)
    names = ", ".join(sorted({Path(path).name for path, _ in found.pairs}))
    sentence = (
        f"{found.count} of {found.n} test photos have a near-duplicate among the training photos "
        f"(perceptual hash, at most {MAX_DISTANCE} of 64 bits apart)"
    )
    return [f"{sentence}: {names}." if names else f"{sentence}."]


def make_spec(config: Config, net: TransferNet, splits: Splits[Photos], evaluation: Evaluation) -> ModelSpec:
    last_stage = [name for name, _ in net.stages.named_children()][-1]
    return ModelSpec(
        task="flowers",
        title=f"{config.backbone} to {last_stage}",
        architecture=TRANSFER + config.backbone,
        classes=splits.classes,
        height=config.size,
        width=config.size,
        channels=3,
        fit=config.fit,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        training_data=f"flower_photos (The TensorFlow Team, 2019): {len(splits.train):,} of its photos; "
        "the backbone on ImageNet",
        data_licence="CC BY, each photo by its author",
        licence="Apache-2.0",
        limits=(
            "Knows five flowers. A photo of anything else gets one of them too, unless its score says it is unlike "
            "the training photos.",
            "Trained on Flickr photos, mostly close views of open blossoms in daylight.",
            "Not for telling edible plants from poisonous ones.",
        ),
        created=date.today().isoformat(),
        metrics=evaluation.metrics,
        temperature=evaluation.temperature,
    )
