"""Sources that a network did not see, with and without what was done against shortcuts.

`before` takes films as they are, with only geometric augmentation and no balancing; `after` is the shipped recipe:
standardised films with a masked border, photometric randomisation, classes and sources balanced in part.
"""

from typing import Any

from evidence.afresh import trained_logits, without_measures
from evidence.performance import normal_against_pneumonia
from training.data.chest_xray import Films, grouped_folds
from training.recipes.chest_xray import Config

LEFT_OUT = ("nih", "kermany")


def evidence(config: Config, rest: Films) -> dict[str, Any]:
    """`rest` is everything outside the test fold."""
    # The shipped form first: its frozen features are still in the cache.
    return {
        name: {f"unseen {source}": unseen(form, rest, source) for source in LEFT_OUT}
        for name, form in (("after", config), ("before", without_measures(config)))
    }


def unseen(config: Config, rest: Films, source: str) -> dict[str, Any]:
    """Trained on all other sources; normal against pneumonia on this one."""
    others = rest.take([index for index, name in enumerate(rest.sources) if name != source])
    train, val = grouped_folds(others, config.folds)[0]
    left_out = rest.where(sources=[source])
    logits = trained_logits(config, others.take(train), others.take(val), [left_out])[0]
    return normal_against_pneumonia(logits.softmax(1).double().numpy(), left_out)
