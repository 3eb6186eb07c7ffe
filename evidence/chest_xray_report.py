"""The evidence in words and tables. Everything is computed from evidence.json and the model's spec, nothing typed."""

from pathlib import Path
from typing import Any

from evidence.chest_xray_findings import Evidence, targets
from evidence.chest_xray_groups import MEANING, groups_table
from evidence.chest_xray_heat import heat
from evidence.chest_xray_plots import draw_all, pictures_of
from evidence.chest_xray_refusals import abstention, other_findings, outside
from evidence.chest_xray_shortcuts import darkcovidnet, shortcuts, sources_left_out
from evidence.markdown import class_table, shown, table
from evidence.run_settings import changed, differing, in_words, training_command
from fovea import ModelSpec
from fovea.listing import all_of
from training.data.chest_xray_sources import source_of
from training.within_sources import WITHIN

UNKNOWN_PATIENTS = {
    "rsna": "RSNA's films of chest_xray.tgz were taken at NIH, and nobody says of whom",
    "siim": "SIIM names studies and not patients",
}


def write_report(out: Path, evidence: Evidence, spec: ModelSpec) -> None:
    """report.md and its pictures."""
    draw_all(out, evidence, spec.classes)
    parts = ["# Evidence on the chest X-ray model", meanings(spec), sections(evidence, spec, pictures="")]
    (out / "report.md").write_text("\n\n".join(parts))


def meanings(spec: ModelSpec) -> str:
    """What each class says, as the file does."""
    return "\n".join(f"- **{name}**: {meaning}" for name, meaning in zip(spec.classes, spec.meanings, strict=True))


def sections(evidence: Evidence, spec: ModelSpec, pictures: str) -> str:
    """All sections; `pictures` is the way from the document's folder to the pictures."""
    parts = [
        f"Of revision `{evidence['revision'][:16]}`. Intervals are 95 %, by the percentiles of a bootstrap over "
        "patients unless another way is named. For calibration errors, which draws only raise, they are mirrored at "
        "the value. Where a share is 0 or 1 they are Wilson's, for as many patients.",
        _targets(evidence),
        _performance(evidence, spec),
        _validation(evidence),
        _within(evidence),
        _external(evidence),
        sources_left_out(evidence),
        shortcuts(evidence),
        darkcovidnet(evidence),
        abstention(evidence),
        other_findings(evidence["other_findings"]),
        outside(evidence, spec),
        heat(evidence),
        _provenance(evidence),
        "## Pictures\n\n" + "\n".join(f"![{title}]({pictures}{name})" for name, title in pictures_of(evidence).items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _targets(evidence: Evidence) -> str:
    rows = [
        [
            target.name,
            f"{'at most' if target.is_upper else 'at least'} {target.bound:.3f}",
            shown(target.figure),
            f"{target.figure['n']:,}",
            target.outcome,
        ]
        for target in targets(evidence)
    ]
    return "## Targets: met or missed\n\n" + table(["figure", "target", "measured", "n", "outcome"], rows)


def _performance(evidence: Evidence, spec: ModelSpec) -> str:
    test = evidence["test"]
    return "\n\n".join(
        [
            "## On films of the same hospitals",
            f"The fixed test fold has {test['n']:,} films of {test['patients']:,} patients. None of these patients is "
            f"known to be in the training data.{_unknown_patients(evidence)} Accuracy is {shown(test['accuracy'])}. "
            f"Macro AUC is {shown(test['macro_auroc'])}. The expected calibration error is {shown(test['ece'])}, with "
            f"the temperature {spec.temperature:.2f} from validation films.",
            class_table(test["classes"]),
            MEANING,
            groups_table(test["groups"]),
        ]
    )


def _unknown_patients(evidence: Evidence) -> str:
    """Why a patient may stand in training and test all the same."""
    trained = {row["source"] for row in evidence["data"] if row["training"]}
    reasons = [reason for source, reason in UNKNOWN_PATIENTS.items() if source in trained]
    return f" A patient may still be in both. {'. '.join(reasons)}." if reasons else ""


def _validation(evidence: Evidence) -> str:
    """Cross-validation, or the one fold that was trained."""
    folds, pooled = evidence["cross_validation"], evidence["cross_validation"]["pooled"]
    differences = differing(folds["settings"], evidence["settings"])
    settings = f" Settings that differ from those of the shipped network: {in_words(differences)}." * bool(differences)
    films = f"{pooled['n']:,} films of {pooled['patients']:,} patients"
    if folds["folds"] == 1:
        planned = folds["settings"]["folds"]
        return "\n\n".join(
            [
                "## On validation films",
                f"One of {planned} folds by patient was trained, so this is no cross-validation. Temperature, "
                f"thresholds and settings were chosen on its {films}. These figures may therefore be a little too "
                "good. They are of the network in torch, before int8. "
                f"Accuracy is {shown(pooled['accuracy'])}. Macro AUC is {shown(pooled['macro_auroc'])}."
                f"{settings}",
                class_table(pooled["classes"]),
            ]
        )
    within = [f"{w.title} {shown(folds[w.key])}" for w in WITHIN if w.key in folds]
    return "\n\n".join(
        [
            "## Cross-validation by patient",
            f"All films but the test fold are in {folds['folds']} folds, with one network each. The settings were "
            "tried out on the first fold, so its figures may be a little too good. Figures are means over folds with "
            f"their t interval. The training films of the folds overlap. Accuracy is {shown(folds['accuracy'])}. Macro "
            f"AUC is {shown(folds['macro_auroc'])}. AUC within sources: {'. '.join(within)}.{settings}",
            class_table(folds["classes"]),
            f"All folds together hold {films}. Each film is judged by the network that did not see its patient, with "
            f"the temperature of the other folds. Accuracy is {shown(pooled['accuracy'])}. Macro AUC is "
            f"{shown(pooled['macro_auroc'])}. The expected calibration error is {shown(pooled['ece'])}.",
        ]
    )


def _within(evidence: Evidence) -> str:
    folds = evidence["cross_validation"]
    parts = {
        "Test fold": evidence["test"]["within"],
        f"Validation films of {'the first fold' if folds['folds'] == 1 else 'all folds'}": folds["pooled"]["within"],
    }
    return "\n\n".join(
        [
            "## Within sources, by view and age",
            "Films of one source, so that how a collection looks gives nothing away. Within one view, the "
            "view gives nothing away either.",
            *(f"{title}:\n\n{pairs_table(rows)}" for title, rows in parts.items() if rows),
        ]
    )


def pairs_table(rows: list[dict[str, Any]]) -> str:
    """The AUC of pairs of classes within sources."""
    header = ["films", "view", "age", "pair", "n", "of these positive", "AUC"]
    return table(header, [_pair(row) for row in rows])


def _pair(row: dict[str, Any]) -> list[str]:
    pair = f"{row['negative']} against {row['positive']}"
    counts = f"{row['auroc']['n']:,}", f"{row['n positive']:,}"
    return [source_of(row["source"]).name, row["view"], row["age"], pair, *counts, shown(row["auroc"])]


def _external(evidence: Evidence) -> str:
    external = evidence["external"]
    origins = {
        label: [row["source"] for row in evidence["data"] if row["class"] == label and row["other hospitals"]]
        for label in external["classes"]
    }
    words = [f"{label} from {all_of(source_of(name).name for name in names)}" for label, names in origins.items()]
    alone = [
        label
        for label, names in origins.items()
        if not any(set(names) & set(theirs) for other, theirs in origins.items() if other != label)
    ]
    parts = [
        "## On films of other hospitals",
        f"{external['n']:,} films of {external['patients']:,} patients, used for no choice. Their classes come from "
        f"these sources: {', '.join(words)}. Accuracy is {shown(external['accuracy'])}. Macro AUC is "
        f"{shown(external['macro_auroc'])}. The expected calibration error is {shown(external['ece'])}. Labels are as "
        "published. A diagnosis of COVID-19 need not show on the film.",
        class_table(external["classes"]),
    ]
    if alone:
        parts.append(
            f"The {all_of(alone)} films come from sources that hold no other class, so a part of these figures may be "
            "the source."
        )
    if external["groups"]:
        parts += ["By source:", groups_table(external["groups"])]
    if external["within"]:
        parts.append(f"Pairs of classes within one source:\n\n{pairs_table(external['within'])}")
    return "\n\n".join(parts)


def _provenance(evidence: Evidence) -> str:
    rows = [
        [name, f"`{made['command']}`", made["created"], made["hardware"], _settings(evidence, name)]
        for name, made in evidence["made"].items()
    ]
    shipped = f"The shipped network: `{training_command(evidence['settings'])}`."
    header = ["part", "command", "date", "hardware", "its networks, where trained otherwise"]
    return f"## How each part was made\n\n{shipped}\n\n{table(header, rows)}"


def _settings(evidence: Evidence, part: str) -> str:
    """Those of the part's own networks, where it has some that are not the shipped one's."""
    content = evidence[part]
    settings = content.get("settings") if isinstance(content, dict) else None
    if settings is None or changed(settings) == changed(evidence["settings"]):
        return ""
    return f"`{training_command(settings)}`"
