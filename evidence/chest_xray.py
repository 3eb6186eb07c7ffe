"""The evidence on the chest X-ray model: one command, one report.

Judges the exported file on films that it was neither trained nor tuned on, asks what it may have learned besides the
lungs, and writes OUT/evidence.json, report.md and their pictures, and the model card beside the file. A part that
evidence.json already holds is kept unless `--redo` names it; where all are there, neither the run nor a film is needed.
Nothing is trained, but for the parts on the protocol of DarkCovidNet: these take hours, and only `--redo` makes them.
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
    groups,
    not_frontal,
    other_findings,
    outside,
    saliency,
    shortcuts,
    sources,
    within_sources,
)
from evidence.answers import answered
from evidence.chest_xray_card import card
from evidence.chest_xray_report import write_report
from evidence.front_matter import write_card
from evidence.materials import Materials
from evidence.performance import overall, risk_coverage
from evidence.run_settings import portable
from evidence.stored import read_evidence
from evidence.within_sources import Facts
from export.record import read_record
from fovea import Model, SettingError, load
from fovea.listing import either
from training.data.chest_xray import CLASSES, OTHER_FINDING, SOURCES, Films
from training.hardware import hardware

RUN = Path("runs/chest_xray/inception_v3")
OF_THE_RUN = ("export", "cross_validation", "sources")  # parts that are read from its folder
OF_THE_NETWORK = ("data", "cross_validation", "sources")  # parts in which the file's score has no say


@dataclass(frozen=True)
class Options:
    """What to run."""

    file: Path = Path("models/chest_xray.onnx")
    run: Path = RUN
    """folder of the exported training run, with its folds and settings"""
    left_out_run: Path | None = None
    """folder of a run with --leave-out (default: the exported run, where it had --leave-out)"""
    redo: tuple[str, ...] = ()
    """parts to compute again"""
    start_again: bool = False
    """drop all parts but those on the protocol of DarkCovidNet, which rest on no model file"""
    weights: Path | None = None
    """the backbone's weights file, for parts that compute its features or train again"""
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
    evidence = read_evidence(
        path,
        model,
        start_again=options.start_again,
        on_no_file=TRAINED_FOR,
        before=before(options.run, model),
        on_network=OF_THE_NETWORK,
    )
    places = options.run, options.data_dir, evidence.get("settings"), options.weights, options.left_out_run
    materials = Materials(model, *places)
    for part, make in PARTS.items():
        if part in options.redo or not (part in evidence or part in TRAINED_FOR):
            print(f"{part} ...", flush=True)
            evidence[part] = make(materials)
            evidence["settings"] = portable(materials.settings)
            evidence["made"][part] = provenance(part, options)
            path.write_text(json.dumps(evidence, indent=1) + "\n")  # a later part may be interrupted
    write_report(options.out, evidence, model.spec)
    pictures = Path(os.path.relpath(options.out, options.file.parent)).as_posix()
    write_card(model.header, card(evidence, model.spec, model.outputs, pictures))
    print(f"report: {options.out / 'report.md'}")
    return evidence


def before(run: Path, model: Model) -> str | None:
    """The revision whose network the model has with another score, as the folder of its run says."""
    try:
        return read_record(run, model, "chest_xray").before
    except FileNotFoundError:
        return None


def provenance(part: str, options: Options) -> dict[str, str]:
    """The command that makes a part again, when it was made, and on what."""
    words = ["python -m evidence chest_xray --redo", part]
    if part in OF_THE_RUN and options.run != RUN:
        words += ["--run", str(options.run)]
    if part == "sources" and options.left_out_run is not None:
        words += ["--left-out-run", str(options.left_out_run)]
    return {"command": " ".join(words), "created": date.today().isoformat(), "hardware": hardware()}


def export(materials: Materials) -> dict[str, Any]:
    """The parity of the file with torch, and sentences on how it was made."""
    record = read_record(materials.run, materials.model, "chest_xray")
    assert record.parity is not None  # `export.again` takes that of the file before
    return asdict(record.parity) | {"notes": list(record.notes)}


def counts(materials: Materials) -> list[dict[str, Any]]:
    """How many films of each source and class went where."""
    train, val = (materials.rest.take(part) for part in materials.folds[0])
    others, val_others = materials.others
    parts = {
        "training": train.joined(others),
        "validation": val.joined(val_others),
        "test": materials.test.joined(materials.other_findings) if len(others) else materials.test,
        "other hospitals": materials.external,
    }
    cells = {name: Counter(films.cells) for name, films in parts.items()}
    return [
        {"source": source, "class": label} | {name: cells[name][label, source] for name in parts}
        for source in dict.fromkeys([*SOURCES, *(name for films in parts.values() for name in films.sources)])
        for label in (*CLASSES, OTHER_FINDING)
        if any(cells[name][label, source] for name in parts)
    ]


def on_test(materials: Materials) -> dict[str, Any]:
    outputs, test = materials.test_outputs, materials.test
    labels = test.photos.labels.numpy()
    return overall(outputs.probabilities, test) | {
        "risk_coverage": risk_coverage(outputs.probabilities, labels),
        "answered": answered(materials.model, outputs, test),
        "groups": groups.evidence(materials.model, outputs, test),
        "within": within_sources.evidence(outputs.probabilities, labels, Facts.of(test)),
    }


def on_external(materials: Materials) -> dict[str, Any]:
    films, outputs = materials.external, materials.external_outputs
    labels = films.photos.labels.numpy()
    return overall(outputs.probabilities, films) | {
        "risk_coverage": risk_coverage(outputs.probabilities, labels),
        "answered": answered(materials.model, outputs, films),
        "groups": groups.evidence(materials.model, outputs, films),
        "within": within_sources.of_every_source(outputs.probabilities, labels, Facts.of(films)),
    }


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
    "not_frontal": lambda of: not_frontal.evidence(of.model, of.test, of.test_outputs.ood_scores, of.data_dir),
    "spoiled": lambda of: not_frontal.on_spoiled(of.model, of.test, of.test_outputs.ood_scores),
    "other_findings": lambda of: other_findings.evidence(of.model, of.other_findings, of.test, of.test_outputs),
    "saliency": lambda of: saliency.evidence(of.model, of.test, of.test_outputs, of.boxed, of.boxes_file),
    "shortcuts": lambda of: shortcuts.evidence(of.rest, of.config, of.model, of.test, of.test_outputs),
    "sources": lambda of: sources.evidence(of.run, of.left_out_run),
    "darkcovidnet_patients": lambda of: darkcovidnet.shared_patients(of.darkcovidnet),
    "darkcovidnet_random": _darkcovidnet("darkcovidnet_random", darkcovidnet.random_folds),
    "darkcovidnet_by_patient": _darkcovidnet("darkcovidnet_by_patient", darkcovidnet.patient_folds),
}
TRAINED_FOR = tuple(part for part in PARTS if part.startswith("darkcovidnet"))  # made when --redo names them
