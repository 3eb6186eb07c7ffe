"""The protocol of Ozturk et al. 2020 (DarkCovidNet): five random folds of 1,124 films; beside it, folds by patient.

Random folds put films of one patient into training and test; published: accuracy 87.02 %, after 100 epochs. Here a
network takes as many steps of fine-tuning as one of the recipe does on its own, larger set of films, and without the
recipe's measures against shortcuts, which the published network has none of: nothing is chosen on the folds. What an
interrupted run finished is kept in RUNS_DIR/chest_xray, and deleted when all folds are done.
"""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.model_selection import StratifiedKFold

from evidence.cross_validation import read_fold
from evidence.performance import overall
from evidence.run_settings import Settings, differing, portable
from training.data.chest_xray import FOLD_SEED, FilmChoice, Films, grouped_folds
from training.precision import make_accelerator
from training.recipes.chest_xray import VALIDATION_FILE, Config, Parts, is_begun, train_fold
from training.report import plain, write_config

FOLDS = 5
# settings that tell these networks from the recipe by intent, or have no part in them
OWN = ("tune_epochs", "film_border", "photometric", "balance", "balance_views", "mix_sources")
NO_PART = (*vars(FilmChoice()), "folds", "train_folds", "leave_out")
PUBLISHED_ACCURACY = 0.8702

Folds = list[tuple[list[int], list[int]]]


def random_folds(films: Films) -> Folds:
    """As published: classes in their shares, patients not asked for."""
    labels = films.photos.labels.numpy()
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=FOLD_SEED).split(np.zeros(len(films)), labels)
    return [(train.tolist(), test.tolist()) for train, test in split]


def patient_folds(films: Films) -> Folds:
    return grouped_folds(films, FOLDS)


def evidence(config: Config, films: Films, n_recipe: int, split: Callable[[Films], Folds], name: str) -> dict[str, Any]:
    """`n_recipe`: the films that one network of the recipe trains on; `name`: of the folder of what is finished."""
    epochs = epochs_of_as_many_steps(config, len(films), n_recipe)
    config = dataclasses.replace(without_measures(config), tune_epochs=epochs, name=name)
    settings = portable(plain(config))
    begin(config.folder, settings)
    result = {"settings": settings} | _cross_validated(config, films, split(films))
    shutil.rmtree(config.folder)
    return result


def without_measures(config: Config) -> Config:
    """The recipe without what it does against shortcuts: films as they are, augmented by geometry alone, all equal."""
    return dataclasses.replace(
        config, film_border=None, photometric=0.0, balance=0.0, mix_sources=False, other_findings=False
    )


def another_recipe(settings: Settings, shipped: Settings) -> dict[str, tuple[Any, Any]]:
    """What tells the recipe behind these networks from that of the shipped one: see `differing`."""
    return {name: values for name, values in differing(settings, shipped).items() if name not in (*OWN, *NO_PART)}


def epochs_of_as_many_steps(config: Config, n_films: int, n_recipe: int) -> int:
    """Epochs over the training share of `n_films` in which as many films pass as in the recipe's own epochs."""
    return max(config.tune_epochs, round(config.tune_epochs * n_recipe / (n_films * (FOLDS - 1) / FOLDS)))


def shared_patients(films: Films) -> dict[str, int]:
    """Of NIH's films in the random folds: how many are held out while a film of their patient is trained on.

    `same class` counts those whose patient's training films include one of their own class, so that knowing the patient
    gives the answer.
    """
    result = {"n": len(films), "nih": 0, "shared": 0, "same class": 0}
    for train, test in random_folds(films):
        patients = {films.patients[index] for index in train}
        answers = {(films.patients[index], films.labels[index]) for index in train}
        for index in test:
            if films.sources[index] == "nih":
                result["nih"] += 1
                result["shared"] += films.patients[index] in patients
                result["same class"] += (films.patients[index], films.labels[index]) in answers
    return result


def begin(folder: Path, settings: dict[str, Any]) -> None:
    """Keep what a run of the same settings left, and nothing of another."""
    stored = folder / "config.json"
    if folder.is_dir() and not (stored.is_file() and json.loads(stored.read_text()) == settings):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, settings)


def _cross_validated(config: Config, films: Films, folds: Folds) -> dict[str, Any]:
    """Every film is tested once, by a network that was trained on the other four folds for a fixed number of epochs."""
    config = dataclasses.replace(config, resume=is_begun(config.folder / "fold-0"))
    probabilities, accuracies = np.zeros((len(films), 3)), []
    for number, (train, test) in enumerate(folds):
        path = config.folder / f"fold-{number}" / VALIDATION_FILE
        if not path.is_file():
            parts = Parts(films.take(train), films.take(test), films.take([]), films.take([]))
            train_fold(number, parts, config, make_accelerator(config.precision))
        fold = read_fold(path)
        probabilities[test] = softmax(fold.logits.astype(np.float64), axis=1)
        accuracies.append(round(float((fold.logits.argmax(1) == fold.labels).mean()), 4))
    measured = overall(probabilities, films)
    return {name: measured[name] for name in ("n", "accuracy", "macro_auroc", "classes", "confusion")} | {
        "accuracy by fold": accuracies
    }
