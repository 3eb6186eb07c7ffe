"""The evidence in words and tables. Everything is computed from evidence.json and the model's spec, nothing typed."""

from pathlib import Path
from typing import Any

from evidence.chest_xray_findings import TITLES, Evidence, hottest_points, targets
from evidence.chest_xray_plots import draw_all, pictures_of
from evidence.chest_xray_shortcuts import before_after, darkcovidnet, shortcuts
from evidence.markdown import class_table, percent, shown, table
from evidence.run_settings import changed
from fovea import ModelSpec
from training.within_sources import WITHIN

FIRST_SOURCES = {"nih_auroc": "NIH", "kermany_auroc": "Kermany"}
WITHIN_MEANING = (
    "Films of one source, so that how a collection looks gives nothing away. Within one view the view does not either."
)


def write_report(out: Path, evidence: Evidence, spec: ModelSpec) -> None:
    """report.md and its pictures."""
    draw_all(out, evidence, spec.classes)
    (out / "report.md").write_text(f"# Evidence on the chest X-ray model\n\n{sections(evidence, spec, pictures='')}")


def sections(evidence: Evidence, spec: ModelSpec, pictures: str) -> str:
    """All sections; `pictures` is the way from the document's folder to the pictures."""
    parts = [
        f"Of revision `{evidence['revision'][:16]}`. Intervals are 95 %, by the percentiles of a bootstrap over "
        "patients unless another way is named. For calibration errors, which draws only raise, they are mirrored at "
        "the value. Where a share is 0 or 1 they are Wilson's, for as many patients.",
        _targets(evidence),
        _performance(evidence, spec),
        _cross_validation(evidence),
        *_within(evidence),
        _external(evidence),
        before_after(evidence),
        shortcuts(evidence),
        darkcovidnet(evidence),
        _abstention(evidence),
        _outside(evidence, spec),
        _saliency(evidence),
        _provenance(evidence),
        "## Pictures\n\n" + "\n".join(f"![{title}]({pictures}{file})" for file, title in pictures_of(evidence).items()),
    ]
    return "\n\n".join(parts) + "\n"


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
    parts = ("NIH", "Kermany", "children", "adults")
    within = [
        [name, str(test[name]["auroc"]["n"])]
        + [shown(test[name][figure]) for figure in ("auroc", "accuracy", "ece", "pneumonia recall")]
        for name in parts
    ]
    of_answers = [
        f"{name} {percent(test[name]['answered']['accuracy of the answers'])}"
        for name in parts
        if test[name]["answered"]["accuracy of the answers"] is not None
    ]
    return "\n\n".join(
        [
            "## On films of the same hospitals",
            f"Fixed test fold: {test['n']:,} films of {test['patients']:,} patients, none of whom is known to be in "
            "the training data (RSNA's films were taken at NIH and do not say of whom, so a patient may stand in "
            f"both). Accuracy {shown(test['accuracy'])}, macro AUC {shown(test['macro_auroc'])}, expected calibration "
            f"error {shown(test['ece'])} (temperature {spec.temperature:.2f} from validation films).",
            class_table(test["classes"]),
            f"Within one source the source cannot give the answer away. {_among_adults(evidence)}",
            table(["normal and pneumonia of", "n", "AUC", "accuracy", "calibration error", "pneumonia recall"], within),
            "Of all films of these parts (COVID-19 among the adults included) that the file answers, right are: "
            f"{', '.join(of_answers)}. The figures of the whole fold are averages over easy and hard parts.",
        ]
    )


def _among_adults(evidence: Evidence) -> str:
    sources = {row["source"] for row in evidence["data"] if row["class"] == "pneumonia" and row["training"]}
    if sources <= {"nih", "kermany"}:
        return "It can among adults, whose normal films are NIH's and RSNA's and whose pneumonia films are NIH's alone:"
    return "It can among adults, whose films come from several sources:"


def _cross_validation(evidence: Evidence) -> str:
    folds = evidence["cross_validation"]
    settings = ""
    if "settings" in folds:
        settings = f" {_same_settings(changed(evidence['settings']), changed(folds['settings']))}"
    parts = [
        "## Cross-validation by patient",
        "The settings were tried out on the first fold, so its figures, a fifth of these, may be a little too good. "
        f"On all films but the test fold, {folds['folds']} folds, one network each (mean and t interval over folds, "
        f"whose training films overlap): accuracy {shown(folds['accuracy'])}, macro AUC {shown(folds['macro_auroc'])}"
        f"{_first_sources(folds)}.{_other_sources(folds)}{settings}",
    ]
    if "classes" in folds:
        parts.append(class_table(folds["classes"]))
    if "pooled" in folds:
        pooled = folds["pooled"]
        parts.append(
            f"All folds together, {pooled['n']:,} films of {pooled['patients']:,} patients, each judged by the network "
            f"that did not see its patient, with the temperature of the other folds: accuracy "
            f"{shown(pooled['accuracy'])}, macro AUC {shown(pooled['macro_auroc'])}, expected calibration error "
            f"{shown(pooled['ece'])}."
        )
    return "\n\n".join(parts)


def _first_sources(folds: Evidence) -> str:
    """The means within the sources that every run has, unless its films are few."""
    found = [(name, shown(folds[key])) for key, name in FIRST_SOURCES.items() if key in folds]
    words = [
        f"{name}{' normal against pneumonia AUC' if at == 0 else ''} {value}" for at, (name, value) in enumerate(found)
    ]
    return "".join(f", {each}" for each in words)


def _other_sources(folds: Evidence) -> str:
    """The means within the sources that only later runs hold."""
    found = [f"{w.title} {shown(folds[w.key])}" for w in WITHIN if w.key in folds and w.key not in FIRST_SOURCES]
    return f" Within other sources: {', '.join(found)}." if found else ""


def _within(evidence: Evidence) -> list[str]:
    """Tables by source, view and age, where the evidence has them."""
    parts = {
        "Validation films of all folds": evidence["cross_validation"].get("pooled", {}).get("within"),
        "Test fold": evidence["test"].get("within"),
    }
    found = {title: rows for title, rows in parts.items() if rows}
    if not found:
        return []
    header = ["films", "view", "age", "pair", "n", "of these positive", "AUC"]
    tables = [f"{title}:\n\n" + table(header, [_within_row(row) for row in rows]) for title, rows in found.items()]
    return ["\n\n".join(["## Within sources, by view and age", WITHIN_MEANING, *tables])]


def _within_row(row: dict[str, Any]) -> list[str]:
    pair = f"{row['negative']} against {row['positive']}"
    counts = f"{row['auroc']['n']:,}", f"{row['n positive']:,}"
    return [TITLES.get(row["source"], row["source"]), row["view"], row["age"], pair, *counts, shown(row["auroc"])]


def _same_settings(shipped: dict[str, Any], run: dict[str, Any]) -> str:
    differing = sorted(name for name in shipped.keys() | run.keys() if shipped.get(name) != run.get(name))
    if not differing:
        return "Settings as those of the shipped network."
    return f"Settings that differ from those of the shipped network: {', '.join(differing)}."


def _external(evidence: Evidence) -> str:
    external = evidence["external"]
    pair = external["normal against pneumonia"]["auroc"]
    return "\n\n".join(
        [
            "## On films of other hospitals",
            f"{external['n']:,} films of {external['patients']:,} patients (COVID-19 and pneumonia from Cohen et "
            "al., normal from Montgomery and Shenzhen), used for no choice. Accuracy "
            f"{shown(external['accuracy'])}, macro AUC {shown(external['macro_auroc'])}, expected calibration error "
            f"{shown(external['ece'])}, normal against pneumonia AUC {shown(pair)} (n = {pair['n']}).",
            class_table(external["classes"]),
            "Here too the classes come from different sources, so a part of these figures may be the source.",
        ]
    )


def _abstention(evidence: Evidence) -> str:
    rows = []
    for name, key in (("test fold", "test"), ("other hospitals", "external")):
        row = evidence[key]["answered"]
        right = row["accuracy of the answers"]
        shares = [percent(row[share]) for share in ("unlike a frontal chest film", "not sure", "answered")]
        rows.append([name, str(row["n"]), *shares, "none" if right is None else shown(right)])
    return "\n\n".join(
        [
            "## When it does not answer",
            "Both thresholds were chosen on validation films.",
            table(["films", "n", "unlike a chest film", "not sure", "answered", "accuracy of the answers"], rows),
        ]
    )


def _outside(evidence: Evidence, spec: ModelSpec) -> str:
    outside = evidence["outside"]
    rows = [
        [name, str(row["n"]), shown(row["auroc"]), percent(row["refused"])] for name, row in outside["sets"].items()
    ]
    is_apart = any(row["auroc"]["interval"] is None for row in outside["sets"].values())
    kept, metric = outside["test films accepted"], spec.metric("in_distribution", "val")
    passed = "an unknown share" if metric is None else f"{metric.value * 100:.2f} % of {metric.n:,}"
    return "\n\n".join(
        [
            "## What is no frontal chest film",
            f"The score's threshold was set on validation films. The file as it ships keeps {passed} validation films "
            f"and {percent(kept)} of {kept['n']:,} test films.",
            table(["images", "n", "AUROC of the score", "refused"], rows),
            *(["Without an interval: every image scored above every test film."] if is_apart else []),
        ]
    )


def _saliency(evidence: Evidence) -> str:
    saliency = evidence["saliency"]
    deletion = saliency["deletion"]
    shares = list(deletion["hottest"])
    rows = [[name, *(shown(deletion[name][share]) for share in shares)] for name in ("hottest", "random", "coldest")]
    parts = [
        "## Where the heatmaps look",
        "A heatmap shows what the network used. It is not a localisation of disease.",
        f"Probability of the first answer when the hottest, random or coldest cells are blurred away "
        f"(n = {deletion['n']}, {shown(deletion['whole'])} for the whole film):",
        table(["cells", *(f"{float(share) * 100:.0f} % gone" for share in shares)], rows),
    ]
    boxes = saliency.get("boxes", {"n": 0})
    if boxes["n"]:
        parts.append(
            f"NIH pneumonia films with radiologists' boxes, outside the training data (n = {boxes['n']} of "
            f"{boxes['patients']} patients): {percent(boxes['share of heat inside'])} of the pneumonia heat lies "
            f"inside the boxes, which cover {percent(boxes['share of area inside'])} of the film. "
            f"{hottest_points(boxes)}."
        )
    return "\n\n".join(parts)


def _provenance(evidence: Evidence) -> str:
    made = evidence["made"]
    rows = [[name, f"`{row['command']}`", row["created"], row["hardware"]] for name, row in made.items()]
    return "## How each part was made\n\n" + table(["part", "command", "date", "hardware"], rows)
