"""The model card of the chest X-ray model: from its spec and evidence.json alone, so that anyone can make it again."""

from collections.abc import Sequence
from typing import Any

from evidence.chest_xray_findings import Evidence, hottest_points, left_out_title, targets
from evidence.chest_xray_groups import group_title
from evidence.chest_xray_report import meanings, sections
from evidence.contract import contract
from evidence.markdown import percent, shown, table
from evidence.not_frontal import ALL
from evidence.run_settings import Settings, training_command
from fovea import ModelSpec
from fovea.listing import all_of
from training.data.chest_xray import FILM_PX, OTHER_FINDING
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
            _data(evidence["data"], evidence["settings"]),
            sections(evidence, spec, f"{pictures}/").rstrip(),
            _failures(evidence),
            _ethics(spec),
            _commands(evidence["settings"], spec),
        ]
    )


def _use(spec: ModelSpec) -> str:
    return "\n".join(
        [
            "## Intended use",
            "",
            "To teach and to study how a network reads chest films, how its answers are calibrated, and how such a "
            "model fails. To try an endpoint with real DICOM files, before a model that is cleared for clinical use "
            "takes its place.",
            "",
            "Not for: a decision on a patient, screening, triage, lateral films, CT, films of anything but the "
            "chest. It names no finding but its three classes.",
            "",
            meanings(spec),
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


def _data(rows: list[dict[str, Any]], settings: Settings) -> str:
    lines = [[source_of(row["source"]).title, row["class"], *(f"{row[part]:,}" for part in PARTS)] for row in rows]
    total = [f"{sum(row[part] for row in rows):,}" for part in PARTS]
    trained = _sources(rows, "training")
    judges = [name for name in _sources(rows, "test", "other hospitals") if name not in trained]
    return "\n\n".join(
        [
            "## Data",
            "Films by collection and class. A patient's films are all in one part, as far as the collections name "
            f"patients. So are near-duplicates. {_labels(settings)}{_others(rows)}",
            table(["collection", "class", *PARTS], [*lines, ["all", "", *total]]),
            "The terms of the films that the network learned from, as their publishers state them, bind its weights:",
            _terms(trained),
            *(["These collections judge the network and have no part in its weights:", _terms(judges)] * bool(judges)),
            f"The films were {FILM_PX} x {FILM_PX} pixels, stretched to a square, JPEG. The backbone began as "
            "ImageNet weights.",
        ]
    )


def _others(rows: list[dict[str, Any]]) -> str:
    has_others = any(row["class"] == OTHER_FINDING for row in rows)
    return (
        " Films with another finding train the network too, for its output `other_finding`. Figures on the three "
        "classes leave them out."
    ) * has_others


def _sources(rows: list[dict[str, Any]], *parts: str) -> list[str]:
    return list(dict.fromkeys(row["source"] for row in rows if any(row[part] for part in parts)))


def _terms(names: list[str]) -> str:
    rows = [[source_of(name).title, source_of(name).licence] for name in names]
    return table(["collection", "licence, as its publisher states it"], rows)


def _labels(settings: Settings) -> str:
    """What the labels rest on."""
    if settings["labels"] == "published":
        return "Labels are the publishers'. Those that were mined from reports are often doubtful (Oakden-Rayner 2020)."
    unread = {
        "leave-out": "are left out",
        "clean": "train it where a classifier sees the disease too, and judge nothing",
        "keep": "train it, and judge nothing",
    }
    return (
        "Labels are corrected by what radiologists saw on the films. Films that a test or a report alone calls "
        f"diseased {unread[settings['unread']]}."
    )


def _failures(evidence: Evidence) -> str:
    return "\n".join(
        [
            "## How it fails",
            "",
            *_missed(evidence),
            *_elsewhere(evidence["test"], evidence["external"]),
            *_worst_group(evidence["test"]["groups"]),
            *_unseen_sources(evidence["sources"]["rows"]),
            *_hottest(evidence["saliency"].get("boxes", {"n": 0})),
            *_other_findings(evidence["other_findings"]),
            *_other_sources(evidence["data"], evidence["test"]),
            f"- {_covid_films(evidence['data'])}",
            f"- {_let_through(evidence)}",
            "- Tubes, wires, pacemakers, a scoliosis, an early or faint shadow: never labelled, never measured.",
        ]
    )


def _missed(evidence: Evidence) -> list[str]:
    every = targets(evidence)
    missed = [
        f"  - {target.name}: {shown(target.figure)} where {'at most' if target.is_upper else 'at least'} "
        f"{target.bound:.3f} was asked"
        for target in every
        if not target.is_met
    ]
    return [f"- It misses {len(missed)} of its {len(every)} targets:", *missed] if missed else []


def _elsewhere(test: Evidence, external: Evidence) -> list[str]:
    means_less = external["ece"]["value"] > test["ece"]["value"]
    recalls = [
        f"{shown(external['classes'][name]['recall'])} of those with {words}"
        for name, words in (("pneumonia", "pneumonia"), ("covid19", "COVID-19"))
        if name in external["classes"]
    ]
    return [
        f"- On films of other hospitals its accuracy is {shown(external['accuracy'])}. At home it is "
        f"{shown(test['accuracy'])}.",
        f"- Its calibration error there is {shown(external['ece'])}. At home it is {shown(test['ece'])}."
        f"{' Its percentages mean less there.' * means_less}",
        f"- Of the films of other hospitals it recalls {all_of(recalls)}.",
    ]


def _worst_group(groups: list[dict[str, Any]]) -> list[str]:
    if not groups:
        return []
    worst = min(groups, key=lambda row: float(row["accuracy"]["value"]))
    return [
        f"- Of the groups of the test fold it is right least often on {group_title(worst)} (n = {worst['n']:,}). "
        f"Accuracy is {shown(worst['accuracy'])} there, and the calibration error {shown(worst['ece'])}. The figures "
        "of the whole fold hide that."
    ]


def _unseen_sources(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["- How it would do without each source that it learned from was not measured."]
    worst = min(rows, key=lambda row: float(row["auroc"]["value"]))
    return [f"- Of the sources left out in turn the worst is {left_out_title(worst)}: AUC {shown(worst['auroc'])}."]


def _hottest(boxes: Evidence) -> list[str]:
    return [f"- {hottest_points(boxes)}. A heatmap does not say where a disease is."] if boxes["n"] else []


def _other_findings(found: Evidence) -> list[str]:
    if not found["n"]:
        return []
    answered = all_of(f"{name} {percent(share)}" for name, share in found["answered"].items())
    return [
        f"- Of {found['n']:,} films with another finding, such as an effusion or a mass, it answers {answered}. For "
        f"{percent(found['another finding'])} it says that something else may be there."
    ]


def _other_sources(rows: list[dict[str, Any]], test: Evidence) -> list[str]:
    """Where the films came from that its score for another finding rests on, and how often it is a false alarm."""
    sources = _sources([row for row in rows if row["class"] == OTHER_FINDING], "training")
    if not sources:
        return []
    names = all_of(source_of(name).name for name in sources)
    groups = [row for row in test["groups"] if row["by"] == "source"]
    most = max(groups, key=lambda row: float(row["another finding"]["value"]), default=None)
    worst = "" if most is None else f" The most are of {group_title(most)}: {percent(most['another finding'])}."
    return [
        f"- The films with another finding that it learned from came from {names} alone. How many it finds on films of "
        "other hospitals was not measured. What it takes for another finding may in part be how films of these "
        "collections look.",
        f"- It sees another finding on {percent(test['answered']['another finding'])} of the test films without one."
        f"{worst}",
    ]


def _let_through(evidence: Evidence) -> str:
    """The three sets of images that its score refuses least of."""
    kinds = {name: row for name, row in evidence["not_frontal"].items() if name != ALL}
    halves = {
        f"{name.replace('half', 'halves')} of films": row
        for name, row in evidence["spoiled"].items()
        if name.endswith("half")
    }
    sets = evidence["outside"]["sets"] | kinds | halves
    refused = {name: float(row["refused"]["value"]) for name, row in sets.items()}
    passed = sorted(refused, key=lambda name: refused[name])[:3]
    shares = all_of(f"{name} {(1 - refused[name]) * 100:.1f} %" for name in passed)
    return f"Of what is no upright frontal film its score lets through most of all: {shares}."


def _covid_films(rows: list[dict[str, Any]]) -> str:
    """Whether the class is a source of its own."""
    covid = _sources([row for row in rows if row["class"] == "covid19"], "training")
    others = _sources([row for row in rows if row["class"] != "covid19"], "training")
    names = all_of(source_of(name).name for name in covid)
    both = [source_of(name).name for name in covid if name in others]
    if not both:
        return (
            f"The COVID-19 films of the training came from {names}, which gave no other films. What it calls COVID-19 "
            "may in part be how films of these collections look."
        )
    if len(both) == len(covid):
        return f"The COVID-19 films of the training came from {names}, which gave other films too."
    return (
        f"The COVID-19 films of the training came from {names}. Only {all_of(both)} gave other films too. What it "
        "calls COVID-19 may in part be how films of the other collections look."
    )


def _commands(settings: dict[str, Any], spec: ModelSpec) -> str:
    """What makes the file and this card again."""
    return (
        f"Made by `{training_command(settings)}`, `python -m export {spec.task}` and `python -m evidence "
        f"{spec.task}`. The backbone's weights were `{settings['weights']}`.\n"
    )


def _ethics(spec: ModelSpec) -> str:
    return "\n".join(
        [
            "## Ethical notes",
            "",
            '- A wrong "normal" may delay care, and a confident heatmap persuades. Nobody should see this model\'s '
            "answer beside a patient's film before that patient's film was read.",
            "- For most films the sex and origin of the patient are not known, nor the age beyond child and adult. How "
            "the model does for such groups was not measured, and must not be assumed.",
            "- The films come from public collections, under the terms above. They are not part of this repository, "
            "and the file holds no film.",
            f"- The weights are offered {spec.licence}. Whoever goes beyond that asks the collections first.",
            "- A hospital that tries it should measure it on its own films first, by patient, against its own readers.",
        ]
    )
