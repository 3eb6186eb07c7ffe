"""Which network reads chest films, and how it is best trained: each candidate on the same films, judged within sources.

A part of the training films of the first fold trains each of them, and its validation films judge. The test fold and
the films of other hospitals are not touched. Every candidate begins with an empty cache, so its seconds hold all that
it computes. Writes JSON and a Markdown table; a candidate that the JSON already holds is kept.
"""

import dataclasses
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fovea import SettingError
from fovea.listing import either
from training.auroc import Rows, macro_auroc, with_patient_interval
from training.data import Splits
from training.data.chest_xray import CLASSES, OTHER_FINDING, Films, all_films, balanced, chosen_films
from training.data.chest_xray_folds import outside_test
from training.data.spread import spread
from training.experiments.chest_candidates import BASE, CANDIDATES, Candidate
from training.experiments.chest_choice_table import markdown
from training.experiments.film_changes import ChangedConfig, changed_share
from training.experiments.result import kept_rows, made_here, write_result
from training.experiments.transfer_methods import measured
from training.recipes.chest_xray import Config, fold_indices, objective_of, split
from training.report import plain
from training.resuming import NO_MATTER
from training.within_sources import WITHIN


@dataclass(frozen=True)
class Options:
    """What to run."""

    inception_v3: str = "hub"
    """hub or a file of weights for Inception-v3"""
    resnet50: str = "hub"
    """hub or a file of weights for ResNet-50 v2"""
    vgg16: str = "hub"
    """hub or a file of weights for VGG16"""
    films: int = 1000
    """films to train on, evenly spread over classes and sources"""
    val_films: int | None = None
    """films to judge by, evenly spread (default: all validation films of the first fold)"""
    scratch_epochs: int = 6
    """epochs of the network from random weights"""
    seeds: tuple[int, ...] = (0, 1)
    candidates: tuple[str, ...] = ()
    """judge these candidates alone (default: all)"""
    redo: bool = False
    """train candidates again that the JSON holds"""
    data_dir: Path = Path("data")
    json: Path = Path("docs/chest_xray/choice.json")

    def weights(self, backbone: str) -> str:
        return str(getattr(self, backbone))


def main(options: Options) -> dict[str, Any]:
    """Train every candidate, then write the JSON and, beside it, the table; the JSON's content."""
    unknown = sorted(set(options.candidates) - {candidate.name for candidate in CANDIDATES})
    if unknown:
        raise SettingError(f"There is no candidate {unknown[0]!r}. Choose {either(one.name for one in CANDIDATES)}.")
    if len(options.seeds) < 2:
        raise SettingError(f"--seeds has {len(options.seeds)} of them. Name at least two: one run says little.")
    rest, _ = split(chosen_films(options.data_dir, BASE.choice), BASE)
    ((train, val),) = fold_indices(rest, BASE)
    films, judged = spread(rest.take(train), options.films), spread(rest.take(val), options.val_films)
    content = {
        "n_train": len(films),
        "n_val": len(judged),
        "seeds": list(options.seeds),
        "scratch_epochs": options.scratch_epochs,
        "weights": {name: Path(options.weights(name)).name for name in ("inception_v3", "resnet50", "vgg16")},
        "recipe": json.loads(json.dumps({key: value for key, value in plain(BASE).items() if key not in NO_MATTER})),
    }
    changes = {candidate.name: dict(candidate.changes) for candidate in CANDIDATES}
    kept = [] if options.redo else kept_rows(options.json, content)
    rows = {row["name"]: row for row in kept if row["changes"] == changes.get(row["name"])}
    document: dict[str, Any] = {}
    for candidate in CANDIDATES:
        if candidate.name not in rows and (not options.candidates or candidate.name in options.candidates):
            print(f"{candidate.name} ...", flush=True)
            rows[candidate.name] = made_here() | _row(candidate, films, judged, options)
        ordered = [rows[one.name] for one in CANDIDATES if one.name in rows]
        document = write_result(options.json, "chest_choice", content | {"rows": ordered})
    options.json.with_suffix(".md").write_text(markdown(document))
    print(f"table: {options.json.with_suffix('.md')}")
    return document


def _row(candidate: Candidate, train: Films, val: Films, options: Options) -> dict[str, Any]:
    config = candidate.config
    if candidate.method != "scratch":
        config = dataclasses.replace(config, weights=options.weights(config.backbone))
    if config.other_findings:
        train = train.joined(other_findings(options.data_dir, train, val))
    change = candidate.film_change and candidate.film_change(train)
    if change is not None:
        config = ChangedConfig(**vars(config), change=change)
    with tempfile.TemporaryDirectory() as folder:
        own = dataclasses.replace(config, runs_dir=Path(folder), cache_dir=Path(folder) / "cache")
        runs = [_trained(candidate, dataclasses.replace(own, seed=seed), train, val, options) for seed in options.seeds]
    by_seed = [probabilities for probabilities, _ in runs]
    figures, together = [_figures(one, val) for one in by_seed], _figures(np.mean(by_seed, axis=0), val)
    return {
        "name": candidate.name,
        "method": candidate.method,
        "changes": dict(candidate.changes),
        "n_train": len(train),
        "seconds": round(runs[0][1], 1),  # later seeds find the frozen part's outputs in the cache
        "changed_share": None if change is None else changed_share(val, change),
        "figures": {
            key: found | {"seeds": [one[key]["value"] for one in figures], "together": together[key]["value"]}
            for key, found in figures[0].items()
        },
    }


def other_findings(data_dir: Path, train: Films, val: Films) -> Films:
    """Films that show something else, of no patient that is judged or tested, as many as a class has on average."""
    films = outside_test(all_films(data_dir, BASE.archives, BASE.labels)).where(labels=[OTHER_FINDING])
    seen = set(val.patients)
    own = films.take([index for index, patient in enumerate(films.patients) if patient not in seen])
    return spread(own, len(train) // len(CLASSES))


def _trained(candidate: Candidate, config: Config, train: Films, val: Films, options: Options) -> tuple[Rows, float]:
    """Probabilities (N, K) of the films to judge by, and the seconds of training."""
    own = dataclasses.replace(config, name=f"seed-{config.seed}")
    chosen = balanced(train, own.balance, by_view=own.balance_views)
    splits = Splits(CLASSES, chosen.photos, val.photos, val.photos)
    objective = candidate.objective(chosen) if candidate.objective else objective_of(chosen, own)
    outcome = measured(candidate.method, own, splits, options.scratch_epochs, objective)
    return outcome.logits.softmax(1).double().numpy(), outcome.seconds


def _figures(probabilities: Rows, films: Films) -> dict[str, dict[str, Any]]:
    """Macro AUC, and each of WITHIN that has films of both classes, with intervals over patients."""
    labels = films.photos.labels.numpy()
    figures = {"macro_auroc": with_patient_interval(macro_auroc, probabilities, labels, films.patients)}
    for within in WITHIN:
        inside = within.members(labels, films.sources, films.views)
        if len(inside):
            patients = [films.patients[index] for index in inside]
            figures[within.key] = with_patient_interval(within.auroc, probabilities[inside], labels[inside], patients)
    return figures
