"""Chest X-rays by transfer learning: no pneumonia seen, pneumonia, typical COVID-19, split by patient.

The first fold of the grouped cross-validation trains the network that ships, and `--train-folds None` trains one for
each fold. What is reported of a fold, and what settings are chosen by, are figures within sources; `--leave-out` adds a
network for every source left out. `--last-stage` says where the network ends, and `--tune-from` where fine-tuning
starts: another backbone has other stages. Films with another finding train one logit more, by which the exported file
tells that something else is on a film. The defaults are the settings of the shipped network.
"""

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from accelerate import Accelerator
from torch import Tensor

from fovea import ModelSpec, SettingError
from training.abstention import abstention_threshold
from training.auroc import macro_auroc, pair_auroc
from training.chest_xray_spec import make_spec
from training.data import Splits
from training.data.chest_xray import (
    CLASSES,
    FILM_PX,
    FilmChoice,
    Films,
    balanced,
    choice_of,
    chosen_and_others,
    grouped_folds,
    judged,
    split_off_test,
)
from training.data.chest_xray_folds import beside_fold, left_out, outside_test
from training.data.chest_xray_sources import blocks
from training.data.own_films import require_every_class
from training.data.photos import Photos
from training.data.spread import spread
from training.final_figures import FinalFigures
from training.fine_tuning import TransferConfig, start, train_phases
from training.frozen_features import embeddings, fitted
from training.loop import predict_logits
from training.mixing import Mixing
from training.models.transfer_net import TransferNet
from training.objective import PLAIN, Objective
from training.precision import make_accelerator
from training.prefix_cache import PrefixOutputs, uncached
from training.report import History
from training.run import Trained, finish
from training.run_folder import begin_run
from training.unread_films import shows_its_label
from training.views import FilmViews, Views
from training.within_sources import WITHIN, within_figures

VALIDATION_FILE = "val.npz"
NORMAL, PNEUMONIA = CLASSES.index("normal"), CLASSES.index("pneumonia")


@dataclass(frozen=True)
class Config(TransferConfig, FilmChoice):
    """Settings of one run."""

    size: int = FILM_PX
    hidden: int = 128
    dropout: float = 0.5
    label_smoothing: float = 0.05
    views: int = 3
    head_epochs: int = 0
    head_learning_rate: float = 2e-3
    tune_epochs: int = 3
    tune_learning_rate: float = 2e-4
    film_border: float | None = 0.04
    """share of each side that is masked when a film is standardised (None: take films as they are)"""
    photometric: float = 1.0
    """strength of the random changes of gamma, sharpness, noise and compression (0: none)"""
    flip: bool = False
    """mirror half of the augmented views"""
    balance: float = 0.5
    """repeat the films of smaller classes and sources (0: not at all, 1: until all count the same)"""
    balance_views: bool = True
    """balance each view of a source (PA, AP) as a source of its own"""
    mix_sources: bool = False
    """mix the feature maps of half of the films with those of a film of the same class from another source"""
    folds: int = 5
    """folds of the grouped cross-validation"""
    train_folds: int | None = 1
    """train only the first N of them (None: all, 0: the networks of `leave_out` alone)"""
    leave_out: bool = False
    """also train a network for each source left out, and judge it there"""

    @property
    def folder(self) -> Path:
        return self.runs_dir / "chest_xray" / self.name

    @property
    def choice(self) -> FilmChoice:
        return choice_of(vars(self))

    def make_views(self) -> Views:
        return FilmViews(
            self.size, self.size, self.fit, photometric=self.photometric, flip=self.flip, detail_px=FILM_PX
        )

    def network_options(self) -> dict[str, Any]:
        return super().network_options() | {"film_border": self.film_border, "learns_others": self.other_findings}


DEFAULT = Config(last_stage="Mixed_6e", tune_from="Mixed_6a")
PRESETS = {"resnet50": Config(name="resnet50", backbone="resnet50")}


def default_for(config: Config) -> Config:
    """Another backbone has none of the stages that the default names: it ends, and is tuned, where its own say."""
    if config.backbone == DEFAULT.backbone:
        return DEFAULT
    return Config(name=config.name, backbone=config.backbone)


def main(config: Config) -> dict[str, float]:
    """Train the folds, calibrate the first one's network, look once at the test fold, write the run folder."""
    if config.train_folds == 0 and not config.leave_out:
        raise SettingError(
            "With --train-folds 0 there is nothing to train. Add --leave-out, or train one fold or more."
        )
    started = time.monotonic()
    films, others = chosen_and_others(config.data_dir, config.choice, strict=config.strict)
    others = spread(others, config.limit)
    rest, test = split(films, config)
    folds = fold_indices(rest, config)
    begin_run(config)
    accelerator = make_accelerator(config.precision)
    results = []
    for number, (train, val) in enumerate(folds):
        parts = rest.take(train), rest.take(val)
        beside = beside_fold(others, *parts, number, config.folds)
        results.append(train_fold(number, Parts(*parts, *beside), config, accelerator))
        print(f"fold {number + 1} of {len(folds)}: {json.dumps(results[-1].figures)}")
    if config.leave_out:
        figures = train_left_out(spread(outside_test(films), config.limit), others, config, accelerator)
        (config.folder / "left_out.json").write_text(json.dumps(figures, indent=1) + "\n")
    if results and accelerator.is_main_process:
        write_folds(config.folder, results)
        return judge(results[0], rest.take(folds[0][1]), test, config, started)
    return {}


def split(films: Films, config: Config) -> tuple[Films, Films]:
    """All that may train or validate, and the test fold. Raises FilmListError where a class is not in both."""
    rest, test = split_off_test(films)
    rest, test = spread(rest, config.limit), spread(judged(test, config.choice), config.limit)
    require_every_class(judged(rest, config.choice), "training part", "Add films of more patients.")
    require_every_class(test, "test fold", "Add films of more patients: about one in five comes to the test fold.")
    return rest, test


def fold_indices(rest: Films, config: Config) -> list[tuple[list[int], list[int]]]:
    """Training and validation of each fold to train; films that no figure may rest on are in training alone."""
    usable = set(range(len(rest)))
    if config.labels == "corrected":
        usable = {index for index, is_unread in enumerate(rest.is_unread) if not is_unread}
    folds = [(train, [index for index in val if index in usable]) for train, val in grouped_folds(rest, config.folds)]
    for _, val in folds[: config.train_folds]:
        require_every_class(
            rest.take(val), "validation part of a fold", "Add films of more patients, or lower --folds."
        )
    return folds[: config.train_folds]


@dataclass(frozen=True)
class Parts:
    """Films of the classes to train and to validate on, and films with another finding beside each, if any."""

    train: Films
    val: Films
    others: Films
    val_others: Films


@dataclass(frozen=True)
class FoldResult:
    """One trained network, and how it does on the films that it did not train on; `val_logits` (N, K) are theirs."""

    net: TransferNet
    options: dict[str, Any]
    history: History
    val_logits: Tensor
    figures: dict[str, float]
    train: Films


def train_fold(number: int, parts: Parts, config: Config, accelerator: Accelerator) -> FoldResult:
    return train_network(f"fold-{number}", parts, config, accelerator, fold_figures)


def train_network(
    name: str,
    parts: Parts,
    config: Config,
    accelerator: Accelerator,
    figures: Callable[[np.ndarray, Films], dict[str, float]],
) -> FoldResult:
    """One network in the folder `name` of the run."""
    learns_others = config.other_findings and len(parts.others) > 0
    fold = dataclasses.replace(config, name=f"{config.name}/{name}", other_findings=learns_others)
    if name != "fold-0" and not is_begun(fold.folder):  # the run was stopped in an earlier fold
        fold = dataclasses.replace(fold, resume=False)
    fold.folder.mkdir(parents=True, exist_ok=True)
    train, val = parts.train, parts.val
    if config.unread == "clean" and config.labels == "corrected":
        train = without_invisible(train, config)
    net, options = start(fold, len(CLASSES))
    shown, watched = (train.joined(parts.others), val.joined(parts.val_others)) if learns_others else (train, val)
    chosen = balanced(shown, config.balance, by_view=config.balance_views)
    splits = Splits(CLASSES, chosen.photos, watched.photos, val.photos)  # the test part is not looked at here
    history = train_phases(net, fold, options.pop("tune_from"), splits, accelerator, objective_of(chosen, config))
    net = net.cpu()
    logits = predict_logits(net, whole(val.photos, config))
    save_validation(fold.folder / VALIDATION_FILE, logits, val)
    return FoldResult(net, options, history, logits, figures(logits.softmax(1).numpy(), val), shown)


def objective_of(films: Films, config: Config) -> Objective:
    """What training on `films` shows and minimises."""
    return Mixing(films.sources) if config.mix_sources else PLAIN


def without_invisible(train: Films, config: Config) -> Films:
    """The training films without unread ones whose disease a classifier on frozen features does not see."""
    labels, unread = train.photos.labels.numpy(), np.array(train.is_unread)
    stays = shows_its_label(embeddings(config, train.photos), labels, unread, train.patients, fitted)
    return train.take(np.flatnonzero(stays).tolist())


def train_left_out(
    films: Films, others: Films, config: Config, accelerator: Accelerator
) -> dict[str, dict[str, float]]:
    """For each block of sources with two classes, the AUC of each pair, by a network that saw none of it."""
    figures = {}
    for block in blocks(films.sources):
        train, held = left_out(films, block)
        unseen = judged(films.take(held), config.choice)
        if len(set(unseen.labels)) > 1 and set(films.take(train).labels) == set(CLASSES):
            name = f"without-{'-'.join(block)}"
            beside = unseen_others(others, films.take(held), block)
            parts = Parts(films.take(train), unseen, beside, beside.take([]))
            result = train_network(name, parts, config, accelerator, pair_figures)
            figures[" and ".join(block)] = result.figures
            print(f"{name}: {json.dumps(result.figures)}")
    return figures


def unseen_others(others: Films, held: Films, block: Sequence[str]) -> Films:
    """Those of `others` that may train beside films that leave out the sources `block`, whose films are `held`."""
    theirs = set(held.patients)
    pairs = enumerate(zip(others.sources, others.patients, strict=True))
    return outside_test(
        others.take([index for index, (source, patient) in pairs if source not in block and patient not in theirs])
    )


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
        views=films.views,
        ages=films.ages,
    )


def fold_figures(probabilities: np.ndarray, films: Films) -> dict[str, float]:
    """Within each source that has two classes, their AUC; accuracy and macro AUC of all films together."""
    labels = films.photos.labels.numpy()
    figures = {
        "accuracy": float((probabilities.argmax(1) == labels).mean()),
        "macro_auroc": macro_auroc(probabilities, labels),
    }
    return figures | within_figures(probabilities, labels, films.sources, films.views)


def pair_figures(probabilities: np.ndarray, films: Films) -> dict[str, float]:
    """The AUC of each pair of classes that occur."""
    labels = films.photos.labels.numpy()
    return {
        f"{CLASSES[negative]} against {CLASSES[positive]}": pair_auroc(probabilities, labels, negative, positive)
        for negative, positive in combinations(sorted(set(labels.tolist())), 2)
    }


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
        made = make_spec(config, result.net, result.train)
        return dataclasses.replace(made, abstain_below=threshold)

    return finish(config, trained, len(CLASSES), spec, started, lambda: notes(result))


def notes(result: FoldResult) -> list[str]:
    """What the network does within sources, for the report."""
    titles = {within.key: within.title for within in WITHIN}
    found = [f"{titles[key]} {value:.3f}" for key, value in result.figures.items() if key in titles]
    sentences = [f"AUC on validation films within sources: {'. '.join(found)}."] if found else []
    if result.net.head.learns_others:
        sentences.append("In the curves films with another finding count as a class of their own.")
    return sentences


def whole(photos: Photos, config: Config) -> PrefixOutputs:
    """The films' own pixels, for the whole network as it will be exported; the cache has no part in these figures."""
    return uncached(photos, config.make_views())
