"""Hospitals that a network did not see, with and without what was done against shortcuts.

`before` takes films as they are, with only geometric augmentation and no balancing; `after` is the shipped recipe:
standardised films with a masked border, photometric randomisation, classes and sources balanced in part.
"""

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

from training.data.chest_xray import Films, grouped_folds
from training.evaluate.performance import normal_against_pneumonia, overall
from training.loop import predict_logits
from training.precision import make_accelerator
from training.recipes.chest_xray import Config, train_fold, whole

LEFT_OUT = ("nih", "kermany")


def without_measures(config: Config) -> Config:
    return dataclasses.replace(config, film_border=None, photometric=0.0, balance=0.0)


def evidence(config: Config, rest: Films, test: Films, external: Films | None) -> dict[str, Any]:
    """`rest` is everything outside the test fold."""
    result: dict[str, Any] = {}
    # The shipped form first: its frozen features are still in the cache.
    for name, form in (("after", config), ("before", without_measures(config))):
        result[name] = {f"unseen {source}": unseen(form, rest, source) for source in LEFT_OUT}
    train, val = grouped_folds(rest, config.folds)[0]
    result["before"] |= judged(without_measures(config), rest.take(train), rest.take(val), test, external)
    return result


def unseen(config: Config, rest: Films, source: str) -> dict[str, Any]:
    """Trained on all other sources; normal against pneumonia on this one."""
    others = rest.take([index for index, name in enumerate(rest.sources) if name != source])
    train, val = grouped_folds(others, config.folds)[0]
    left_out = rest.where(sources=[source])
    return normal_against_pneumonia(_trained(config, others.take(train), others.take(val), [left_out])[0], left_out)


def judged(config: Config, train: Films, val: Films, test: Films, external: Films | None) -> dict[str, Any]:
    """Test fold, NIH films of it, and other hospitals."""
    sets = [test, *([external] if external else [])]
    probabilities = _trained(config, train, val, sets)
    nih = [index for index, name in enumerate(test.sources) if name == "nih"]
    result = {
        "test": _short(overall(probabilities[0], test)),
        "test, nih": normal_against_pneumonia(probabilities[0][nih], test.take(nih)),
    }
    if external:
        result["external"] = _short(overall(probabilities[1], external))
    return result


def _short(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figures[name] for name in ("n", "accuracy", "macro_auroc", "ece")}


def _trained(config: Config, train: Films, val: Films, sets: list[Films]) -> list[Any]:
    """Probabilities of a network trained afresh, for each set."""
    with tempfile.TemporaryDirectory() as folder:
        run = dataclasses.replace(config, runs_dir=Path(folder))
        net = train_fold(0, train, val, run, make_accelerator(run.precision)).net
        return [predict_logits(net, whole(films.photos, run)).softmax(1).double().numpy() for films in sets]
