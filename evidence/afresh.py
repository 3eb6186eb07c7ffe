"""A network that is trained afresh for a part of the evidence, and what it says of films that it did not see."""

import dataclasses
import tempfile
from pathlib import Path

from torch import Tensor

from training.data.chest_xray import Films
from training.loop import predict_logits
from training.precision import make_accelerator
from training.recipes.chest_xray import Config, train_fold, whole


def without_measures(config: Config) -> Config:
    """The recipe without what it does against shortcuts: films as they are, augmented by geometry alone, all equal."""
    return dataclasses.replace(config, film_border=None, photometric=0.0, balance=0.0)


def trained_logits(config: Config, train: Films, val: Films, sets: list[Films]) -> list[Tensor]:
    """Logits (N, K) for each set, of a network trained on `train`; its run folder is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        run = dataclasses.replace(config, runs_dir=Path(folder), resume=False)
        net = train_fold(0, train, val, run, make_accelerator(run.precision)).net
        return [predict_logits(net, whole(films.photos, run)) for films in sets]
