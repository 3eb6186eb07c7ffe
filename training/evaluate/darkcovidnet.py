"""The protocol of Ozturk et al. 2020 (DarkCovidNet): five random folds of 1,124 films; beside it, folds by patient.

Random folds put films of one patient into training and test; published: accuracy 87.02 %, after 100 epochs. Here a
network takes as many steps as one of the recipe does on its own, larger set of films: nothing is chosen on the folds.
"""

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold

from training.data.chest_xray import FOLD_SEED, Films, grouped_folds
from training.evaluate.performance import overall
from training.loop import predict_logits
from training.precision import make_accelerator
from training.recipes.chest_xray import Config, train_fold, whole

FOLDS = 5
PUBLISHED_ACCURACY = 0.8702


def evidence(config: Config, films: Films, n_recipe: int) -> dict[str, Any]:
    """`n_recipe` is the number of films that one network of the recipe trains on."""
    labels = films.photos.labels.numpy()
    config = dataclasses.replace(config, tune_epochs=epochs_of_as_many_steps(config, len(films), n_recipe))
    random = StratifiedKFold(FOLDS, shuffle=True, random_state=FOLD_SEED).split(np.zeros(len(films)), labels)
    return {
        "published accuracy": PUBLISHED_ACCURACY,
        "epochs": config.tune_epochs,
        "random five-fold": _cross_validated(config, films, [(a.tolist(), b.tolist()) for a, b in random]),
        "five-fold by patient": _cross_validated(config, films, grouped_folds(films, FOLDS)),
    }


def epochs_of_as_many_steps(config: Config, n_films: int, n_recipe: int) -> int:
    """Epochs over the training share of `n_films` in which as many films pass as in the recipe's own epochs."""
    return max(config.tune_epochs, round(config.tune_epochs * n_recipe / (n_films * (FOLDS - 1) / FOLDS)))


def _cross_validated(config: Config, films: Films, folds: list[tuple[list[int], list[int]]]) -> dict[str, Any]:
    """Every film is tested once, by a network that was trained on the other four folds for a fixed number of epochs."""
    probabilities, accuracies = np.zeros((len(films), 3)), []
    for number, (train, test) in enumerate(folds):
        with tempfile.TemporaryDirectory() as folder:
            run = dataclasses.replace(config, runs_dir=Path(folder))
            net = train_fold(number, films.take(train), films.take(test), run, make_accelerator(run.precision)).net
            held_out = films.take(test)
            probabilities[test] = predict_logits(net, whole(held_out.photos, run)).softmax(1).double().numpy()
            labels = held_out.photos.labels.numpy()
            accuracies.append(round(float((probabilities[test].argmax(1) == labels).mean()), 4))
    figures = overall(probabilities, films)
    return {name: figures[name] for name in ("n", "accuracy", "macro_auroc", "classes", "confusion")} | {
        "accuracy by fold": accuracies
    }
