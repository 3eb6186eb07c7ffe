"""Sources that a network did not see, with and without what was done against shortcuts.

`before` takes films as they are, with only geometric augmentation and no balancing; `after` is the shipped recipe:
standardised films with a masked border, photometric randomisation, classes and sources balanced in part.
"""

from typing import Any

from evidence.afresh import trained_logits, without_measures
from evidence.performance import measured, normal_against_pneumonia
from training.data.chest_xray import Films, grouped_folds, judged
from training.data.chest_xray_folds import left_out, one_side
from training.data.chest_xray_sources import blocks
from training.recipes.chest_xray import Config
from training.within_sources import WITHIN, Within


def evidence(config: Config, films: Films) -> dict[str, Any]:
    """`films` is everything outside the test fold, both sources of one hospital among it."""
    # The shipped form first: its frozen features are still in the cache.
    return {
        name: {f"unseen {within.source}": unseen(form, films, within) for within in judged_sources(config, films)}
        for name, form in (("after", config), ("before", without_measures(config)))
    }


def judged_sources(config: Config, films: Films) -> list[Within]:
    """The sources that hold both classes of their pair, and without which every class is left to train on."""
    chosen = []
    for within in WITHIN:
        held = judged(films.where(sources=[within.source]), config.choice)
        others = films.take(left_out(films, _block(films, within.source))[0])
        has_both = {within.negative, within.positive} <= set(held.labels)
        if within.view is None and has_both and set(others.labels) == set(films.labels):
            chosen.append(within)
    return chosen


def unseen(config: Config, films: Films, within: Within) -> dict[str, Any]:
    """Trained on all other sources, none of the same hospitals among them; the source's two classes on its films."""
    others = one_side(films.take(left_out(films, _block(films, within.source))[0]))
    train, val = grouped_folds(others, config.folds)[0]
    held = judged(films.where(sources=[within.source]), config.choice)
    validation = judged(others.take(val), config.choice)
    logits = trained_logits(config, others.take(train), validation, [held])[0]
    probabilities = logits.softmax(1).double().numpy()
    if within.positive == "pneumonia":
        return normal_against_pneumonia(probabilities, held)
    labels = held.photos.labels.numpy()
    inside = within.members(labels, held.sources, held.views)
    p, truth, patients = probabilities[inside], labels[inside], held.take(inside.tolist()).patients
    return {"auroc": measured(lambda i: within.auroc(p[i], truth[i]), patients, len(inside))}


def _block(films: Films, source: str) -> tuple[str, ...]:
    return next(block for block in blocks(films.sources) if source in block)
