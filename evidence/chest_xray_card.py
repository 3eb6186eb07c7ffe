"""The model card of the chest X-ray model: from its spec and evidence.json alone, so that anyone can make it again."""

from collections.abc import Sequence
from typing import Any

from evidence.chest_xray_findings import Evidence, hottest_points, rule_of_choice
from evidence.chest_xray_report import sections
from evidence.contract import contract
from evidence.markdown import shown, table
from evidence.run_settings import training_command
from fovea import ModelSpec
from fovea.listing import all_of
from training.data.chest_xray import FILM_PX
from training.data.chest_xray_sources import source_of

PARTS = ("training", "validation", "test", "other hospitals")


def card(evidence: Evidence, spec: ModelSpec, outputs: Sequence[str], pictures: str) -> str:
    """Markdown; `pictures` is the way from the card to the folder of the report's pictures."""
    return "\n\n".join(
        [
            f"# {spec.title}: chest X-rays",
            f"`{spec.task}.onnx`, {spec.parameters:,} parameters, {spec.precision}, opset {spec.opset}, made "
            f"{spec.created}, revision `{evidence['revision'][:16]}`. Weights: {spec.licence}.",
            "**For research and teaching. Not a medical device.**",
            _use(spec),
            "## What it takes and gives\n\n" + "\n".join(contract(spec, outputs)),
            _export(evidence, spec),
            _data(evidence["data"]),
            sections(evidence, spec, f"{pictures}/").rstrip(),
            _failures(evidence),
            _ethics(spec),
            _commands(evidence["settings"], spec),
        ]
    )


def _use(spec: ModelSpec) -> str:
    meanings = zip(spec.classes, spec.meanings, strict=True)
    return "\n".join(
        [
            "## Intended use",
            "",
            "To teach and to study how a network reads chest films, how its answers are calibrated, and how such a "
            "model fails. To try out the way of a film through an endpoint, with real DICOM files, before any model "
            "that is cleared for clinical use takes its place.",
            "",
            "Not for: a decision on a patient, screening, triage, lateral films, CT, films of anything but the "
            "chest. Other findings than its three classes are not in its vocabulary.",
            "",
            *(f"- **{name}**: {meaning}" for name, meaning in meanings),
        ]
    )


def _export(evidence: Evidence, spec: ModelSpec) -> str:
    export = evidence["export"]
    differences = export["differences"]
    form = "file" if spec.precision == "float32" else "float32 form"
    sentences = [
        f"The {form} against torch on {export['n']:,} test films: probabilities differ by at most "
        f"{differences['probabilities']:.1e}, heatmaps by {differences['heatmaps']:.1e}.",
        *export["notes"],
    ]
    return "\n\n".join(sentences)


def _data(rows: list[dict[str, Any]]) -> str:
    lines = [[source_of(row["source"]).title, row["class"], *(f"{row[part]:,}" for part in PARTS)] for row in rows]
    total = [f"{sum(row[part] for row in rows):,}" for part in PARTS]
    used = list(dict.fromkeys(row["source"] for row in rows))
    licences = table(
        ["collection", "licence, as its publisher states it"],
        [[source_of(s).title, source_of(s).licence] for s in used],
    )
    return "\n\n".join(
        [
            "## Data",
            "Films by collection and class. A patient's films, as far as the collections name patients, and "
            "near-duplicates are all in one part. Kermany and BIMCV come here with hardly more than one film a "
            "patient, so that a patient of theirs under two names would go unseen.",
            table(["collection", "class", *PARTS], [*lines, ["all", "", *total]]),
            licences,
            f"The films were {FILM_PX} x {FILM_PX} pixels, stretched to a square, JPEG. The backbone began as "
            "ImageNet weights. NIH's pneumonia labels were mined from reports, and many are doubtful (Oakden-Rayner "
            "2020).",
        ]
    )


def _failures(evidence: Evidence) -> str:
    test, external, sources = evidence["test"], evidence["external"], evidence["sources"]["after"]
    outside = evidence["outside"]["sets"]
    passed = sorted(outside, key=lambda name: float(outside[name]["refused"]["value"]))[:2]
    let_through = " and ".join(f"{name} {(1 - outside[name]['refused']['value']) * 100:.1f} %" for name in passed)
    boxes = evidence["saliency"].get("boxes", {"n": 0})
    return "\n".join(
        [
            "## How it fails",
            "",
            f"- On films of other hospitals its accuracy is {shown(external['accuracy'])} where it is "
            f"{shown(test['accuracy'])} at home, and its calibration error {shown(external['ece'])} where it is "
            f"{shown(test['ece'])}"
            f"{': its percentages mean less there' if external['ece']['value'] > test['ece']['value'] else ''}.",
            f"- Of the films of other hospitals it recalls {shown(external['classes']['pneumonia']['recall'])} of "
            f"those with pneumonia and {shown(external['classes']['covid19']['recall'])} of those with COVID-19.",
            f"- {rule_of_choice(evidence)}",
            *([f"- {hottest_points(boxes)}: a heatmap does not say where a disease is."] if boxes["n"] else []),
            f"- Pneumonia of adults: AUC {shown(test['adults']['auroc'])} among adults of the test "
            f"fold, {shown(sources['unseen nih']['auroc'])} when NIH was left out of the training.",
            f"- On NIH's films of the test fold (n = {test['NIH']['accuracy']['n']}) it finds "
            f"{shown(test['NIH']['pneumonia recall'])} of those with pneumonia, and its calibration error is "
            f"{shown(test['NIH']['ece'])}: the error of the whole fold, {shown(test['ece'])}, hides that.",
            f"- {_covid_films(evidence['data'])}",
            f"- Of what is no upright frontal film its score lets through most of all: {let_through}.",
            "- Tubes, wires, pacemakers, a scoliosis, an early or faint shadow: never labelled, never measured.",
        ]
    )


def _covid_films(rows: list[dict[str, Any]]) -> str:
    sources = [row["source"] for row in rows if row["class"] == "covid19" and row["training"]]
    if sources == ["bimcv"]:
        return (
            "Every COVID-19 film of the training came from one region and one kind of archive. What it calls COVID-19 "
            "may be that archive."
        )
    names = all_of(source_of(name).name for name in sources)
    return f"The COVID-19 films of the training came from {names}. What it calls COVID-19 may in part be these."


def _commands(settings: dict[str, Any], spec: ModelSpec) -> str:
    """What makes the file and this card again."""
    return (
        f"Made by `{training_command(settings)}`, `python -m export {spec.task}` and `python -m evidence "
        f"{spec.task}`. The backbone's weights were `{settings['weights']}`.\n"
    )


def _ethics(spec: ModelSpec) -> str:
    if spec.licence == "Apache-2.0":
        licence = (
            "The weights are offered under Apache-2.0. Some of the films came under terms for research and education, "
            "and whether these reach what was learned from the films is not settled: whoever goes beyond research asks "
            "BIMCV and RSNA first."
        )
    else:
        licence = f"The weights are offered {spec.licence}. Whoever goes beyond that asks the collections first."
    return "\n".join(
        [
            "## Ethical notes",
            "",
            '- A wrong "normal" may delay care, and a confident heatmap persuades. Nobody should see this model\'s '
            "answer beside a patient's film before that patient's film was read.",
            "- Sex, age beyond child and adult, and origin of the patients are not known for most films: how the model "
            "does for any of these groups was not measured, and must not be assumed.",
            "- The films come from public collections, under the terms above. They are not part of this repository, "
            "and the file holds no film.",
            f"- {licence}",
            "- A hospital that tries it should measure it on its own films first, by patient, against its own readers.",
        ]
    )
