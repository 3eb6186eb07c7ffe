"""Chest X-rays by transfer learning: normal, pneumonia, COVID-19, split by patient.

Every fold of the grouped cross-validation trains a network of its own, and that of the first fold ships. The shipped
network ends at Mixed_7a, where its weights file did: `--weights FILE` with such a file trains it again. The defaults
take the hub's weights up to Mixed_7c.
"""

import dataclasses
import json
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from fovea import ModelSpec
from training.auroc import macro_auroc, pair_auroc
from training.data import Splits
from training.data.chest_xray import CLASSES, FILM_PX, Films, balanced, grouped_folds, load_films, split_off_test
from training.data.photos import Photos
from training.data.spread import spread
from training.final_figures import FinalFigures
from training.fine_tuning import TransferConfig, start, train_phases
from training.loop import predict_logits
from training.models import TRANSFER
from training.models.transfer_net import TransferNet
from training.precision import make_accelerator
from training.prefix_cache import PrefixOutputs, uncached
from training.report import History
from training.run import Trained, finish
from training.run_folder import begin_run
from training.views import FilmViews

MEANINGS = (
    "Most like the films that radiologists called normal. It does not exclude disease: many findings were never shown "
    "to this model.",
    "Most like the films labelled pneumonia: mostly bacterial or viral pneumonia of children, and films of adults "
    "whose reports named it.",
    "Most like the films of patients with a positive test for SARS-CoV-2 (PCR or antibodies). A film alone cannot tell "
    "COVID-19 from other causes of the same shadows.",
)
ANSWER_ERRORS, MAX_UNANSWERED = 0.03, 0.2
VALIDATION_FILE = "val.npz"
NORMAL, PNEUMONIA = CLASSES.index("normal"), CLASSES.index("pneumonia")


@dataclass(frozen=True)
class Config(TransferConfig):
    """Settings of one run; the defaults are those of the shipped model, but for its weights file."""

    size: int = 299
    hidden: int = 128
    dropout: float = 0.5
    label_smoothing: float = 0.05
    views: int = 4
    head_epochs: int = 6
    head_learning_rate: float = 2e-3
    tune_epochs: int = 5
    tune_learning_rate: float = 6e-4
    film_border: float | None = 0.04
    """share of each side that is masked when a film is standardised (None: take films as they are)"""
    photometric: float = 1.0
    """strength of the random changes of gamma, sharpness, noise and compression (0: none)"""
    flip: bool = False
    """mirror half of the augmented views"""
    balance: float = 0.5
    """repeat the films of smaller classes and sources (0: not at all, 1: until all count the same)"""
    folds: int = 5
    """folds of the grouped cross-validation"""
    train_folds: int | None = None
    """train only the first N of them (for a quick try)"""

    @property
    def folder(self) -> Path:
        return self.runs_dir / "chest_xray" / self.name

    def make_views(self) -> FilmViews:
        return FilmViews(
            self.size, self.size, self.fit, photometric=self.photometric, flip=self.flip, detail_px=FILM_PX
        )

    def network_options(self) -> dict[str, Any]:
        return super().network_options() | {"film_border": self.film_border}


DEFAULT = Config()
PRESETS = {"resnet50": dataclasses.replace(DEFAULT, name="resnet50", backbone="resnet50")}


def main(config: Config) -> dict[str, float]:
    """Cross-validate, calibrate the first fold's network, look once at the test fold, write the run folder."""
    started = time.monotonic()
    rest, test = split_off_test(load_films(config.data_dir, strict=config.strict))
    rest, test = spread(rest, config.limit), spread(test, config.limit)
    begin_run(config)
    accelerator = make_accelerator(config.precision)
    folds = grouped_folds(rest, config.folds)[: config.train_folds]
    results = []
    for number, (train, val) in enumerate(folds):
        results.append(train_fold(number, rest.take(train), rest.take(val), config, accelerator))
        print(f"fold {number + 1} of {len(folds)}: {json.dumps(results[-1].figures)}")
    if accelerator.is_main_process:
        write_folds(config.folder, results)
        return judge(results[0], rest.take(folds[0][1]), test, config, started)
    return {}


@dataclass(frozen=True)
class FoldResult:
    """One trained network, and how it does on the films that it did not train on; `val_logits` (N, K) are theirs."""

    net: TransferNet
    options: dict[str, Any]
    history: History
    val_logits: Tensor
    figures: dict[str, float]
    n_train: int


def train_fold(number: int, train: Films, val: Films, config: Config, accelerator: Accelerator) -> FoldResult:
    fold = dataclasses.replace(config, name=f"{config.name}/fold-{number}")
    if number > 0 and not is_begun(fold.folder):  # the run was stopped in an earlier fold
        fold = dataclasses.replace(fold, resume=False)
    fold.folder.mkdir(parents=True, exist_ok=True)
    net, options = start(fold, len(CLASSES))
    chosen = balanced(train, config.balance)
    splits = Splits(CLASSES, chosen.photos, val.photos, val.photos)  # the test part is not looked at here
    history = train_phases(net, fold, options.pop("tune_from"), splits, accelerator)
    net = net.cpu()
    logits = predict_logits(net, whole(val.photos, config))
    save_validation(fold.folder / VALIDATION_FILE, logits, val)
    return FoldResult(net, options, history, logits, fold_figures(logits.softmax(1).numpy(), val), len(train))


def is_begun(fold: Path) -> bool:
    """Whether the folder of a fold holds a training that can be resumed."""
    return any(fold.glob("*/state.pt"))


def save_validation(path: Path, logits: Tensor, films: Films) -> None:
    """All that the figures of a fold are made from, so that none of them needs the network or the films again."""
    np.savez(
        path,
        logits=logits.numpy(),
        labels=films.photos.labels.numpy(),
        files=films.names,
        patients=films.patients,
        sources=films.sources,
    )


def fold_figures(probabilities: np.ndarray, films: Films) -> dict[str, float]:
    """Accuracy and macro AUC, and normal against pneumonia within each source that has both."""
    labels = films.photos.labels.numpy()
    figures = {
        "accuracy": float((probabilities.argmax(1) == labels).mean()),
        "macro_auroc": macro_auroc(probabilities, labels),
    }
    for source in ("nih", "kermany"):
        inside = np.array([name == source for name in films.sources])
        if len(set(labels[inside])) > 1:
            figures[f"{source}_auroc"] = pair_auroc(probabilities[inside], labels[inside], NORMAL, PNEUMONIA)
    return figures


def write_folds(folder: Path, results: list[FoldResult]) -> None:
    """folds.json: the figures of every fold, in the order of the folds."""
    (folder / "folds.json").write_text(json.dumps([result.figures for result in results], indent=1) + "\n")


def judge(result: FoldResult, val: Films, test: Films, config: Config, started: float) -> dict[str, float]:
    """Checkpoint and report of the network that ships."""
    inputs = whole(val.photos, config), whole(test.photos, config)
    trained = Trained(result.net, result.options, result.history, *inputs, make_accelerator(config.precision))

    def spec(final: FinalFigures) -> ModelSpec:
        logits = predict_logits(result.net, trained.val)
        threshold = abstention_threshold((logits / final.temperature).softmax(1), val.photos.labels)
        return dataclasses.replace(make_spec(config, result), abstain_below=threshold)

    return finish(config, trained, len(CLASSES), spec, started)


def abstention_threshold(probabilities: Tensor, labels: Tensor) -> float:
    """The lowest confidence above which at most ANSWER_ERRORS of the validation answers are wrong.

    Never one that leaves more than MAX_UNANSWERED of the validation films without an answer.
    """
    confidence, predicted = probabilities.max(dim=1)
    order = confidence.argsort(descending=True)
    wrong = (predicted != labels)[order].float()
    errors = wrong.cumsum(0) / torch.arange(1, len(wrong) + 1)
    good = (errors <= ANSWER_ERRORS).nonzero()
    answered = max(int(good[-1]) + 1 if len(good) else 0, round((1 - MAX_UNANSWERED) * len(wrong)))
    return float(confidence[order][answered - 1])


def whole(photos: Photos, config: Config) -> PrefixOutputs:
    """The films' own pixels, for the whole network as it will be exported; the cache has no part in these figures."""
    return uncached(photos, config.make_views())


def make_spec(config: Config, result: FoldResult) -> ModelSpec:
    return ModelSpec(
        task="chest_xray",
        title=f"{config.backbone} to {result.net.last_stage}",
        architecture=TRANSFER + config.backbone,
        classes=CLASSES,
        height=config.size,
        width=config.size,
        channels=1,
        fit=config.fit,
        parameters=sum(parameter.numel() for parameter in result.net.parameters()),
        training_data=f"{result.n_train:,} films of Kermany 2018, RSNA 2018, NIH ChestX-ray14 and BIMCV-COVID19+; "
        "the backbone on ImageNet",
        data_licence="CC BY 4.0 (Kermany), the terms of RSNA, NIH and BIMCV for research",
        licence="Apache-2.0",
        limits=(
            "For research and teaching. Not a medical device: no decision on a patient may rest on it.",
            "Every COVID-19 film it learned from is from one source (Spain, adults), and most pneumonia films are of "
            "children: what it knows of a class is mixed with what it knows of the source.",
            "Knows three answers. Other findings (a nodule, fluid, a collapsed lung) get one of the three too, unless "
            "the film's score says it is unlike the training films.",
            f"Sees a film at {FILM_PX} x {FILM_PX} pixels, as it was trained: one is some 2 mm of an adult's chest, "
            "and what is finer is lost.",
        ),
        detail_px=FILM_PX,
        meanings=MEANINGS,
        created=date.today().isoformat(),
    )
