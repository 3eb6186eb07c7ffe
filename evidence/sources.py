"""Sources that a network did not see: each pair of classes in them, from what a run with `--leave-out` keeps.

Each network saw no film of one block of sources: sources of one hospital are one block.
"""

from itertools import combinations
from pathlib import Path
from typing import Any

from scipy.special import softmax

from evidence.cross_validation import Fold, read_fold
from evidence.performance import pair_figure
from evidence.run_settings import portable, read_settings
from training.data.chest_xray import CLASSES
from training.recipes.chest_xray import VALIDATION_FILE


def evidence(run: Path, left_out_run: Path | None = None) -> dict[str, Any]:
    """`rows` of the shipped network's `run`, which may hold none, or of `left_out_run` with its `settings`.

    Raises FileNotFoundError where a `left_out_run` holds none.
    """
    folder = left_out_run or run
    settings = read_settings(folder)
    # what an earlier run of the same name left behind is not this run's
    found = sorted(folder.glob(f"without-*/{VALIDATION_FILE}")) if settings.get("leave_out") else []
    if left_out_run is not None and not found:
        raise FileNotFoundError(f"{folder} holds no sources left out. Name the folder of a run with --leave-out.")
    if not found:
        return {"rows": []}
    return {"rows": [row for path in found for row in pairs(read_fold(path))], "settings": portable(settings)}


def pairs(unseen: Fold) -> list[dict[str, Any]]:
    """A row for each pair of classes among films of sources that the network did not see."""
    probabilities = softmax(unseen.logits.astype(float), axis=1)
    return [
        {
            "sources": list(dict.fromkeys(unseen.sources)),
            "negative": CLASSES[negative],
            "positive": CLASSES[positive],
            "n positive": int((unseen.labels == positive).sum()),
            "auroc": pair_figure(probabilities, unseen.labels, unseen.patients, (negative, positive)),
        }
        for negative, positive in combinations(sorted(set(unseen.labels.tolist())), 2)
    ]
