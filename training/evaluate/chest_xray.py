"""The evidence on the chest X-ray model: one command, one report.

Judges the exported file on films that it was neither trained nor tuned on, asks what it may have learned besides the
lungs, and writes OUT/evidence.json, report.md and their pictures, and the model card beside the file. A part that
evidence.json already holds is kept unless `--redo` names it.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t

from export.runtime import Model, load
from training.data.chest_xray import CLASSES, SOURCES, Films, grouped_folds, load_films, split_off_test
from training.evaluate import darkcovidnet, outside, saliency, shortcuts, sources
from training.evaluate.chest_xray_card import card
from training.evaluate.chest_xray_report import write_report
from training.evaluate.outputs import Outputs, film_pixels, run
from training.evaluate.performance import figure, normal_against_pneumonia, overall, risk_coverage
from training.recipes.chest_xray import Config, settings_of, some
from training.report import hardware

PARTS = (
    "export",
    "data",
    "cross_validation",
    "test",
    "external",
    "outside",
    "saliency",
    "shortcuts",
    "sources",
    "darkcovidnet",
)


@dataclass(frozen=True)
class Options:
    """What to run."""

    model: Path = Path("models/chest_xray.onnx")
    run: Path = Path("runs/chest_xray/inception_v3")
    """folder of the training run that was exported: its folds, and its settings for the parts that train"""
    redo: tuple[str, ...] = ()
    """parts to compute again"""
    data_dir: Path = Path("data")
    out: Path = Path("docs/chest_xray")


def main(options: Options) -> dict[str, Any]:
    model = load(options.model)
    config = settings_of(options.run)

    def films_of(name: str) -> Films:
        return some(load_films(options.data_dir, name), config.limit)

    rest, test = (some(films, config.limit) for films in split_off_test(load_films(options.data_dir)))
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "evidence.json"
    evidence: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    if evidence.get("revision") not in (None, model.revision):
        raise FileNotFoundError(
            f"{path} is about another model ({evidence['revision'][:16]}); delete it to start anew."
        )
    evidence |= {
        "task": "chest_xray",
        "revision": model.revision,
        "command": "python -m training.evaluate chest_xray",
        "hardware": hardware(),
        "created": date.today().isoformat(),
    }
    makers: dict[str, Callable[[], Any]] = {
        "export": lambda: json.loads((options.run / "export.json").read_text()),
        "data": lambda: counts(rest, test, films_of("chest_xray_external"), config.folds),
        "cross_validation": lambda: cross_validation(options.run),
        "test": lambda: on_test(model, test),
        "external": lambda: on_external(model, films_of("chest_xray_external")),
        "outside": lambda: outside.evidence(model, test, options.data_dir),
        "saliency": lambda: saliency.evidence(
            model, unseen_films(rest, test, config), options.data_dir / "chest_xray_boxes.csv"
        ),
        "shortcuts": lambda: shortcuts.evidence(rest, config),
        "sources": lambda: sources.evidence(config, rest, test, films_of("chest_xray_external")),
        "darkcovidnet": lambda: darkcovidnet.evidence(
            config, films_of("darkcovidnet"), round(len(rest) * (1 - 1 / config.folds))
        ),
    }
    for part in PARTS:
        if part not in evidence or part in options.redo:
            print(f"{part} ...", flush=True)
            evidence[part] = makers[part]()
            path.write_text(json.dumps(evidence, indent=1) + "\n")  # a later part may be interrupted
    write_report(options.out, evidence, model.spec)
    pictures = Path(os.path.relpath(options.out, options.model.parent)).as_posix()
    options.model.with_suffix(".md").write_text(card(evidence, model.spec, model.outputs, pictures))
    return evidence


def counts(rest: Films, test: Films, external: Films, folds: int) -> list[dict[str, Any]]:
    """How many films of each source and class went where."""
    train, val = grouped_folds(rest, folds)[0]
    parts = {
        "training": rest.take(train),
        "validation": rest.take(val),
        "test": test,
        "other hospitals": external,
    }
    cells = {name: Counter(films.cells) for name, films in parts.items()}
    return [
        {"source": source, "class": label} | {name: cells[name][label, source] for name in parts}
        for source in SOURCES
        for label in CLASSES
        if any(cells[name][label, source] for name in parts)
    ]


def cross_validation(folder: Path) -> dict[str, Any]:
    """Mean over the folds, and its 95 % interval by the spread of the folds (t distribution)."""
    rows = json.loads((folder / "folds.json").read_text())
    return {"folds": len(rows)} | {name: mean_over_folds([row[name] for row in rows]) for name in rows[0]}


def mean_over_folds(values: Sequence[float]) -> dict[str, Any]:
    """Mean of a share and its 95 % interval by the t distribution; one fold has a value and no interval."""
    mean, n = float(np.mean(values)), len(values)
    if n == 1:
        return figure(mean, None, n)
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return figure(mean, (max(0.0, mean - half), min(1.0, mean + half)), n)


def on_test(model: Model, test: Films) -> dict[str, Any]:
    outputs = run(model, film_pixels(model, test))
    result = overall(outputs.probabilities, test)
    for name, allowed in {
        "NIH": {"sources": ["nih"]},
        "Kermany": {"sources": ["kermany"]},
        "children": {"ages": ["child"]},
        "adults": {"ages": ["adult", "adult_or_mixed"]},
    }.items():
        chosen = _indices(test, **allowed)
        result[name] = normal_against_pneumonia(outputs.probabilities[chosen], test.take(chosen))
    result["risk_coverage"] = risk_coverage(outputs.probabilities, test.photos.labels.numpy())
    result["answered"] = answered(model, outputs, test)
    return result


def on_external(model: Model, films: Films) -> dict[str, Any]:
    outputs = run(model, film_pixels(model, films))
    return overall(outputs.probabilities, films) | {
        "risk_coverage": risk_coverage(outputs.probabilities, films.photos.labels.numpy()),
        "answered": answered(model, outputs, films),
        "normal against pneumonia": normal_against_pneumonia(outputs.probabilities, films),
    }


def answered(model: Model, outputs: Outputs, films: Films) -> dict[str, Any]:
    """What the file's two ways to abstain leave, and how good the answers are that remain."""
    labels = films.photos.labels.numpy()
    is_inside = outputs.ood_scores < 1
    is_sure = outputs.probabilities.max(1) >= (model.spec.abstain_below or 0)
    kept = is_inside & is_sure
    right = outputs.probabilities.argmax(1) == labels
    return {
        "n": len(films),
        "unlike a frontal chest film": round(float((~is_inside).mean()), 4),
        "not sure": round(float((is_inside & ~is_sure).mean()), 4),
        "answered": round(float(kept.mean()), 4),
        "accuracy of the answers": round(float(right[kept].mean()), 4) if kept.any() else None,
    }


def unseen_films(rest: Films, test: Films, config: Config) -> Films:
    """Test fold and validation fold: NIH's boxed films are few, and neither trained the network."""
    return test.joined(rest.take(grouped_folds(rest, config.folds)[0][1]))


def _indices(films: Films, sources: list[str] | None = None, ages: list[str] | None = None) -> list[int]:
    return [
        index
        for index in range(len(films))
        if (sources is None or films.sources[index] in sources) and (ages is None or films.ages[index] in ages)
    ]
