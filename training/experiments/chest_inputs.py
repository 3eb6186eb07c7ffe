"""Which form of a chest film a frozen network reads best: size, standardisation, masked border.

For each form a linear probe on the frozen features is judged by patient-grouped cross-validation, within the sources
that have both normal and pneumonia films, and on the films of a source that it did not see. The test fold is not used.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.auroc import macro_auroc, pair_auroc
from training.data.chest_xray import Films, grouped_folds, load_films, split_off_test
from training.data.spread import spread
from training.experiments.result import write_result
from training.frozen_features import embeddings, fitted
from training.recipes.chest_xray import NORMAL, PNEUMONIA, Config

TWO_CLASS_SOURCES = ("nih", "kermany")
FORMS: tuple[tuple[int, float | None], ...] = ((224, None), (224, 0.0), (224, 0.04), (224, 0.1), (299, 0.04))


@dataclass(frozen=True)
class Options:
    """What to run."""

    weights: str = "hub"
    """hub or a file for Inception-v3"""
    limit: int | None = None
    """use only N films (for a quick try)"""
    data_dir: Path = Path("data")
    cache_dir: Path = Path("data/prefix_cache")
    json: Path = Path("space/results/chest_inputs.json")


def main(options: Options) -> dict[str, Any]:
    """Probe every form, then write the JSON; its content."""
    films = spread(split_off_test(load_films(options.data_dir))[0], options.limit)
    rows = []
    for size, border in FORMS:
        config = Config(size=size, film_border=border, weights=options.weights, cache_dir=options.cache_dir)
        rows.append({"size": size, "film_border": border, **probe(embeddings(config, films.photos), films)})
        print(json.dumps(rows[-1]), flush=True)
    content = {
        "n": len(films),
        "rows": rows,
    }
    return write_result(options.json, "chest_inputs", content)


def probe(embedding: np.ndarray, films: Films) -> dict[str, float]:
    """Grouped five-fold figures, and `unseen_SOURCE`: normal against pneumonia of a source left out of training."""
    labels, sources = films.photos.labels.numpy(), np.array(films.sources)
    probabilities = np.zeros((len(films), labels.max() + 1))
    for train, val in grouped_folds(films, 5):
        probabilities[val] = fitted(embedding[train], labels[train]).predict_proba(embedding[val])
    figures = {
        "accuracy": float((probabilities.argmax(1) == labels).mean()),
        "macro_auroc": macro_auroc(probabilities, labels),
    }
    for source in TWO_CLASS_SOURCES:
        inside = sources == source
        figures[f"within_{source}"] = pair_auroc(probabilities[inside], labels[inside], NORMAL, PNEUMONIA)
        unseen = fitted(embedding[~inside], labels[~inside]).predict_proba(embedding[inside])
        figures[f"unseen_{source}"] = pair_auroc(unseen, labels[inside], NORMAL, PNEUMONIA)
    return figures
