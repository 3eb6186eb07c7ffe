"""Which films, labels, cut and weights let a frozen network read chest films of sources that it did not see.

Features of Inception-v3 are computed once per film and kept on disk. Each variant is a logistic regression on them,
judged on each source left out in turn and within sources by folds of patients. The test fold and the films of other
hospitals are not touched. Writes JSON and a Markdown table; a variant that the JSON already holds is kept.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fovea import SettingError
from fovea.listing import either
from training.experiments.chest_features import film_features
from training.experiments.chest_sources_table import markdown
from training.experiments.chest_study import Study, judged_left_out, judged_within
from training.experiments.chest_study_films import study_films
from training.experiments.chest_variants import VARIANTS
from training.experiments.result import kept_rows, write_result


@dataclass(frozen=True)
class Options:
    """What to run."""

    weights: str = "hub"
    """hub or a file for Inception-v3"""
    size: int = 299
    """height and width of the network's input, in pixels"""
    film_border: float | None = 0.04
    """share of each side that is masked when a film is standardised (None: take films as they are)"""
    views: tuple[int, ...] = (0,)
    """views of each film, whose features are averaged (0: the film as it is)"""
    seeds: tuple[int, ...] = (0, 1)
    """seeds of the folds by patient"""
    variants: tuple[str, ...] = ()
    """judge these variants alone (default: all)"""
    limit: int | None = None
    """use only N films (for a quick try)"""
    redo: bool = False
    """judge variants again that the JSON holds"""
    data_dir: Path = Path("data")
    cache_dir: Path = Path("data/prefix_cache")
    json: Path = Path("docs/chest_xray/sources.json")


def main(options: Options) -> dict[str, Any]:
    """Judge every variant, then write the JSON and, beside it, the table; the JSON's content."""
    unknown = sorted(set(options.variants) - {variant.name for variant in VARIANTS})
    if unknown:
        raise SettingError(f"There is no variant {unknown[0]!r}. Choose {either(v.name for v in VARIANTS)}.")
    films = study_films(options.data_dir, options.limit)
    size, border = options.size, options.film_border
    features = film_features(films, options.weights, size, border, options.cache_dir, options.views)
    settings = {
        "n": len(films),
        "weights": Path(options.weights).name,
        "size": size,
        "film_border": border,
        "views": list(options.views),
        "seeds": list(options.seeds),
    }
    rows = {} if options.redo else {row["name"]: row for row in kept_rows(options.json, settings)}
    for variant in VARIANTS:
        if variant.name in rows or (options.variants and variant.name not in options.variants):
            continue
        print(f"{variant.name} ...", flush=True)
        study = Study(films, np.concatenate([features[cut] for cut in variant.cuts], axis=1), variant)
        within = [row for seed in options.seeds for row in judged_within(study, seed)]
        rows[variant.name] = asdict(variant) | {"left_out": judged_left_out(study), "within": within}
        ordered = [rows[one.name] for one in VARIANTS if one.name in rows]
        document = write_result(options.json, "chest_sources", settings | {"rows": ordered})
        options.json.with_suffix(".md").write_text(markdown(document))
    print(f"table: {options.json.with_suffix('.md')}")
    content: dict[str, Any] = json.loads(options.json.read_text())
    return content
