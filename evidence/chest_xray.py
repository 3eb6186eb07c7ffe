"""The evidence on the chest X-ray model: one command, one report.

Judges the exported file on films that it was neither trained nor tuned on, asks what it may have learned besides the
lungs, and writes OUT/evidence.json, report.md and their pictures, and the model card beside the file. A part that
evidence.json already holds is kept unless `--redo` names it; where all are there, neither the run nor a film is needed.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evidence import (
    cross_validation,
    darkcovidnet,
    outside,
    saliency,
    shortcuts,
    sources,
    within_sources,
    without_measures,
)
from evidence.chest_xray_card import card
from evidence.chest_xray_report import write_report
from evidence.materials import Materials
from evidence.outputs import Outputs
from evidence.performance import normal_against_pneumonia, overall, risk_coverage, share_of
from evidence.run_settings import portable
from evidence.within_sources import Facts
from export.record import read_record
from fovea import Model, SettingError, load
from fovea.decision import is_answered, is_unlike_training
from fovea.listing import either
from training.data.chest_xray import CLASSES, SOURCES, Films
from training.hardware import hardware

RUN = Path("runs/chest_xray/inception_v3")
OF_THE_RUN = ("export", "cross_validation")  # parts that are read from its folder


@dataclass(frozen=True)
class Options:
    """What to run."""

    file: Path = Path("models/chest_xray.onnx")
    run: Path = RUN
    """folder of the exported training run, with its folds and settings"""
    redo: tuple[str, ...] = ()
    """parts to compute again"""
    weights: Path | None = None
    """the backbone's weights file, for parts that train again"""
    data_dir: Path = Path("data")
    out: Path = Path("docs/chest_xray")


def main(options: Options) -> dict[str, Any]:
    """Raises SettingError for an unknown part, FileNotFoundError where the evidence is about another model."""
    unknown = sorted(set(options.redo) - set(PARTS))
    if unknown:
        raise SettingError(f"--redo is {', '.join(unknown)}. Choose {either(PARTS)}.")
    model = load(options.file)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "evidence.json"
    evidence: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {"made": {}}
    if evidence.get("revision") not in (None, model.revision):
        raise FileNotFoundError(
            f"{path} is about another model ({evidence['revision'][:16]}). Delete it to start again."
        )
    # The revision is that of the weights; the same weights may be shown films at another detail.
    if "revision" in evidence and evidence.get("detail_px") != model.spec.detail_px:
        raise FileNotFoundError(
            f"{path} is about films at detail_px {evidence.get('detail_px')}, but {options.file} takes them at "
            f"{model.spec.detail_px}. Delete it to start again."
        )
    evidence |= {"task": "chest_xray", "revision": model.revision, "detail_px": model.spec.detail_px}
    materials = Materials(model, options.run, options.data_dir, evidence.get("settings"), options.weights)
    for part, make in PARTS.items():
        if part not in evidence or part in options.redo:
            print(f"{part} ...", flush=True)
            evidence[part] = make(materials)
            evidence["settings"] = portable(materials.settings)
            evidence["made"][part] = provenance(part, options.run)
            path.write_text(json.dumps(evidence, indent=1) + "\n")  # a later part may be interrupted
    write_report(options.out, evidence, model.spec)
    pictures = Path(os.path.relpath(options.out, options.file.parent)).as_posix()
    options.file.with_suffix(".md").write_text(card(evidence, model.spec, model.outputs, pictures))
    print(f"report: {options.out / 'report.md'}")
    return evidence


def provenance(part: str, folder: Path) -> dict[str, str]:
    """The command that makes a part again, when it was made, and on what."""
    command = f"python -m evidence chest_xray --redo {part}"
    is_elsewhere = part in OF_THE_RUN and folder != RUN
    return {
        "command": f"{command} --run {folder}" if is_elsewhere else command,
        "created": date.today().isoformat(),
        "hardware": hardware(),
    }


def export(materials: Materials) -> dict[str, Any]:
    """The parity of the file with torch, and sentences on how it was made."""
    record = read_record(materials.run, materials.model, "chest_xray")
    assert record.parity is not None  # `export.again` makes no file of this task
    return asdict(record.parity) | {"notes": list(record.notes)}


def counts(materials: Materials) -> list[dict[str, Any]]:
    """How many films of each source and class went where."""
    train, val = materials.folds[0]
    parts = {
        "training": materials.rest.take(train),
        "validation": materials.rest.take(val),
        "test": materials.test,
        "other hospitals": materials.external,
    }
    cells = {name: Counter(films.cells) for name, films in parts.items()}
    return [
        {"source": source, "class": label} | {name: cells[name][label, source] for name in parts}
        for source in dict.fromkeys([*SOURCES, *(name for films in parts.values() for name in films.sources)])
        for label in CLASSES
        if any(cells[name][label, source] for name in parts)
    ]


def on_test(materials: Materials) -> dict[str, Any]:
    outputs, test = materials.test_outputs, materials.test
    result = overall(outputs.probabilities, test)
    for name, allowed in {
        "NIH": {"sources": ["nih"]},
        "Kermany": {"sources": ["kermany"]},
        "children": {"ages": ["child"]},
        "adults": {"ages": ["adult", "adult_or_mixed"]},
    }.items():
        chosen = _indices(test, **allowed)
        part = outputs.take(chosen), test.take(chosen)
        result[name] = normal_against_pneumonia(part[0].probabilities, part[1])
        result[name]["answered"] = answered(materials.model, *part)
    labels = test.photos.labels.numpy()
    result["risk_coverage"] = risk_coverage(outputs.probabilities, labels)
    result["answered"] = answered(materials.model, outputs, test)
    result["within"] = within_sources.evidence(outputs.probabilities, labels, Facts.of(test))
    return result


def on_external(materials: Materials) -> dict[str, Any]:
    model, films, outputs = materials.model, materials.external, materials.external_outputs
    return overall(outputs.probabilities, films) | {
        "risk_coverage": risk_coverage(outputs.probabilities, films.photos.labels.numpy()),
        "answered": answered(model, outputs, films),
        "normal against pneumonia": normal_against_pneumonia(outputs.probabilities, films),
    }


def answered(model: Model, outputs: Outputs, films: Films) -> dict[str, Any]:
    """What the file's two ways to abstain leave, and how good the answers are that remain."""
    labels, patients = films.photos.labels.numpy(), films.patients
    is_unlike = is_unlike_training(outputs.ood_scores)
    kept = is_answered(outputs.probabilities, outputs.ood_scores, model.spec)
    right = outputs.probabilities.argmax(1) == labels
    return {
        "n": len(films),
        "unlike a frontal chest film": share_of(is_unlike, patients),
        "not sure": share_of(~is_unlike & ~kept, patients),
        "answered": share_of(kept, patients),
        "accuracy of the answers": share_of(right, patients, among=kept),
    }


def _without_measures(materials: Materials) -> Any:
    train, val = materials.folds[0]
    rest, test, external = materials.rest, materials.test, materials.external
    nih = _indices(test, sources=["nih"])
    judged = {
        "test": (test, materials.test_outputs),
        "nih": (test.take(nih), materials.test_outputs.take(nih)),
        "external": (external, materials.external_outputs),
    }
    return without_measures.evidence(materials.config, rest.take(train), rest.take(val), judged)


def _indices(films: Films, sources: list[str] | None = None, ages: list[str] | None = None) -> list[int]:
    return [
        index
        for index in range(len(films))
        if (sources is None or films.sources[index] in sources) and (ages is None or films.ages[index] in ages)
    ]


def _darkcovidnet(name: str, split: Callable[[Films], darkcovidnet.Folds]) -> Callable[[Materials], Any]:
    def make(materials: Materials) -> Any:
        n_recipe = round(len(materials.rest) * (1 - 1 / materials.config.folds))
        return darkcovidnet.evidence(materials.config, materials.darkcovidnet, n_recipe, split, name)

    return make


# name in evidence.json: what makes it; the order is that of a run from nothing
PARTS: dict[str, Callable[[Materials], Any]] = {
    "export": export,
    "data": counts,
    "cross_validation": lambda of: cross_validation.evidence(of.run),
    "test": on_test,
    "external": on_external,
    "outside": lambda of: outside.evidence(of.model, of.test, of.test_outputs.ood_scores, of.data_dir),
    "saliency": lambda of: saliency.evidence(of.model, of.unseen, of.data_dir / "chest_xray_boxes.csv"),
    "shortcuts": lambda of: shortcuts.evidence(of.rest, of.config),
    "sources": lambda of: sources.evidence(of.config, of.by_source),
    "without_measures": _without_measures,
    "darkcovidnet_patients": lambda of: darkcovidnet.shared_patients(of.darkcovidnet),
    "darkcovidnet_random": _darkcovidnet("darkcovidnet_random", darkcovidnet.random_folds),
    "darkcovidnet_by_patient": _darkcovidnet("darkcovidnet_by_patient", darkcovidnet.patient_folds),
}
