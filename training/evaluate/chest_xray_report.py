"""The evidence in words and tables. Everything is computed from evidence.json and the model's spec, nothing typed."""

from pathlib import Path
from typing import Any

from export.runtime import ModelSpec
from training.evaluate.chest_xray_plots import draw_all

Evidence = dict[str, Any]
LEFT_OUT = {"nih": "NIH", "kermany": "Kermany"}
HIGH_AUC = 0.8  # from here on a probe that should know nothing knows a lot


def write_report(out: Path, evidence: Evidence, spec: ModelSpec) -> None:
    """report.md and its pictures."""
    draw_all(out, evidence, spec.classes)
    (out / "report.md").write_text(f"# Evidence on the chest X-ray model\n\n{sections(evidence, spec, pictures='')}")


def sections(evidence: Evidence, spec: ModelSpec, pictures: str) -> str:
    """All sections; `pictures` is the way from the document's folder to the pictures."""
    parts = [
        _provenance(evidence),
        _performance(evidence, spec),
        _external(evidence),
        _before_after(evidence),
        _shortcuts(evidence),
        _darkcovidnet(evidence),
        _abstention(evidence),
        _outside(evidence, spec),
        _saliency(evidence),
        "## Pictures\n\n"
        + "\n".join(
            f"![{title}]({pictures}{file})"
            for title, file in (
                ("confusion matrix of the test fold", "confusion.png"),
                ("reliability", "reliability.png"),
                ("risk and coverage", "risk_coverage.png"),
            )
        ),
    ]
    return "\n\n".join(parts) + "\n"


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(figure: dict[str, Any]) -> str:
    """As in "0.981 (0.974 to 0.987)"."""
    if not figure.get("interval"):
        return f"{figure['value']:.3f}"
    low, high = figure["interval"]
    return f"{figure['value']:.3f} ({low:.3f} to {high:.3f})"


def _provenance(evidence: Evidence) -> str:
    return (
        f"Made by `{evidence['command']}` on {evidence['created']} ({evidence['hardware']}) for revision "
        f"`{evidence['revision'][:16]}`. Intervals are 95 %, by a bootstrap over patients unless another way is named."
    )


def _performance(evidence: Evidence, spec: ModelSpec) -> str:
    test, folds = evidence["test"], evidence["cross_validation"]
    rows = [
        [name, str(c["n"]), f"{c['precision']:.3f}", f"{c['recall']:.3f}", f"{c['f1']:.3f}", shown(c["auroc"])]
        for name, c in test["classes"].items()
    ]
    within = [
        [f"{name}, normal against pneumonia", str(test[name]["auroc"]["n"]), shown(test[name]["auroc"])]
        for name in ("NIH", "Kermany", "children", "adults")
    ]
    return "\n\n".join(
        [
            "## On films of the same hospitals",
            f"Fixed test fold: {test['n']:,} films of {test['patients']:,} patients, none of whom is known to be in "
            "the training data (RSNA's films were taken at NIH and do not say of whom, so a patient may stand in "
            f"both). Accuracy {shown(test['accuracy'])}, macro AUC {shown(test['macro_auroc'])}, expected calibration "
            f"error {test['ece']['value']:.3f} (temperature {spec.temperature:.2f} from validation films).",
            table(["class", "n", "precision", "recall", "F1", "AUC"], rows),
            f"Patient-grouped cross-validation on the other films, {folds['folds']} folds, one network each (mean and "
            f"t interval over folds, whose training films overlap): accuracy {shown(folds['accuracy'])}, macro AUC "
            f"{shown(folds['macro_auroc'])}, NIH normal against pneumonia AUC {shown(folds['nih_auroc'])}, "
            f"Kermany {shown(folds['kermany_auroc'])}.",
            "Within one source the source cannot give the answer away. It can among adults, whose normal films are "
            "NIH's and RSNA's and whose pneumonia films are NIH's alone:",
            table(["films", "n", "AUC"], within),
        ]
    )


def _external(evidence: Evidence) -> str:
    external = evidence["external"]
    rows = [
        [name, str(c["n"]), f"{c['precision']:.3f}", f"{c['recall']:.3f}", f"{c['f1']:.3f}", shown(c["auroc"])]
        for name, c in external["classes"].items()
    ]
    pair = external["normal against pneumonia"]["auroc"]
    return "\n\n".join(
        [
            "## On films of other hospitals",
            f"{external['n']:,} films of {external['patients']:,} patients (COVID-19 and pneumonia: Cohen et al.; "
            "normal: Montgomery and Shenzhen), used for no choice. Accuracy "
            f"{shown(external['accuracy'])}, macro AUC {shown(external['macro_auroc'])}, expected calibration error "
            f"{external['ece']['value']:.3f}, normal against pneumonia AUC {shown(pair)} (n = {pair['n']}).",
            table(["class", "n", "precision", "recall", "F1", "AUC"], rows),
            "Here too the classes come from different sources, so a part of these figures may be the source.",
        ]
    )


def _before_after(evidence: Evidence) -> str:
    sources, test, external = evidence["sources"], evidence["test"], evidence["external"]
    before, after = sources["before"], sources["after"]
    rows = [
        [
            f"{LEFT_OUT[source]} left out of training, normal against pneumonia AUC",
            shown(before[f"unseen {source}"]["auroc"]),
            shown(after[f"unseen {source}"]["auroc"]),
        ]
        for source in ("nih", "kermany")
    ]
    rows += [
        ["NIH films of the test fold, AUC", shown(before["test, nih"]["auroc"]), shown(test["NIH"]["auroc"])],
        ["test fold, macro AUC", shown(before["test"]["macro_auroc"]), shown(test["macro_auroc"])],
        ["other hospitals, accuracy", shown(before["external"]["accuracy"]), shown(external["accuracy"])],
        ["other hospitals, macro AUC", shown(before["external"]["macro_auroc"]), shown(external["macro_auroc"])],
    ]
    return "\n\n".join(
        [
            "## What was done against shortcuts, before and after",
            "Before: films as they are, geometric augmentation only, films drawn as they come. After, the shipped "
            "recipe: every film brought to one mean and contrast with its border masked inside the network, random "
            "gamma, sharpness, noise, resolution and compression, classes and sources balanced in part.",
            table(["films", "before", "after"], rows),
            "One training each. RSNA's normal films, taken at NIH too, stay in the training where NIH is left out. On "
            'the test fold and on other hospitals "before" is the network in float32 and not calibrated, "after" the '
            "file that ships.",
        ]
    )


def _shortcuts(evidence: Evidence) -> str:
    rows = [
        [
            name,
            f"{row['accuracy']:.3f}",
            f"{row['macro_auroc']:.3f}",
            f"{row['nih normal against pneumonia']:.3f}",
            f"{row['kermany normal against pneumonia']:.3f}",
        ]
        for name, row in evidence["shortcuts"].items()
    ]
    probes = evidence["shortcuts"]
    n = next(iter(probes.values()))["n"]
    best = max(row["macro_auroc"] for name, row in probes.items() if name.startswith("frozen features"))
    meaning = (
        "in this data the class can largely be read off the rim, the position and the processing of a film. The pooled "
        "figures above are therefore no measure of what the network knows of lungs; those within a source and of "
        "sources left out come closer."
        if best >= HIGH_AUC
        else "in this data the class is hard to read off anything but the lungs."
    )
    return "\n\n".join(
        [
            "## How much can be told without the lungs",
            f"Probes on {n:,} films, patient-grouped five-fold. A probe that never sees a lung reaches a macro AUC of "
            f"{best:.3f}: {meaning}",
            table(["probe sees", "accuracy", "macro AUC", "NIH AUC", "Kermany AUC"], rows),
        ]
    )


def _darkcovidnet(evidence: Evidence) -> str:
    dark = evidence["darkcovidnet"]
    rows = [
        [
            name,
            shown(dark[name]["accuracy"]),
            shown(dark[name]["macro_auroc"]),
            f"{dark[name]['classes']['covid19']['recall']:.3f}",
            ", ".join(f"{value:.3f}" for value in dark[name]["accuracy by fold"]),
        ]
        for name in ("random five-fold", "five-fold by patient")
    ]
    return "\n\n".join(
        [
            "## The protocol of DarkCovidNet",
            f"The {dark['random five-fold']['n']:,} films of Ozturk et al. 2020, the same recipe trained afresh for "
            f"{dark['epochs']} epochs. They report an accuracy of {dark['published accuracy']:.4f} by random "
            "five-fold, which puts films of one patient into training and test.",
            table(["folds", "accuracy", "macro AUC", "COVID-19 recall", "accuracy by fold"], rows),
        ]
    )


def _abstention(evidence: Evidence) -> str:
    rows = [
        [
            name,
            str(row["n"]),
            f"{row['unlike a frontal chest film'] * 100:.1f} %",
            f"{row['not sure'] * 100:.1f} %",
            f"{row['answered'] * 100:.1f} %",
            "none" if row["accuracy of the answers"] is None else f"{row['accuracy of the answers']:.3f}",
        ]
        for name, row in (
            ("test fold", evidence["test"]["answered"]),
            ("other hospitals", evidence["external"]["answered"]),
        )
    ]
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
        [name, str(row["n"]), f"{row['auroc']:.3f}", f"{row['refused'] * 100:.1f} %"]
        for name, row in outside["sets"].items()
    ]
    kept = outside["test films accepted"]
    metric = spec.metric("in_distribution", "val")
    passed = "an unknown share" if metric is None else f"{metric.value * 100:.1f} %"
    return "\n\n".join(
        [
            "## What is no frontal chest film",
            "The score's threshold was set before quantisation so that 98 % of validation films pass; the file as it "
            f"ships keeps {passed} of the validation films and {kept['share'] * 100:.1f} % of {kept['n']:,} test "
            "films.",
            table(["images", "n", "AUROC of the score", "refused"], rows),
        ]
    )


def _saliency(evidence: Evidence) -> str:
    saliency = evidence["saliency"]
    deletion = saliency["deletion"]
    shares = list(deletion["hottest"])
    rows = [[name, *(f"{deletion[name][share]:.3f}" for share in shares)] for name in ("hottest", "random", "coldest")]
    parts = [
        "## Where the heatmaps look",
        "A heatmap shows what the network used. It is not a localisation of disease.",
        f"Probability of the first answer when the hottest, random or coldest cells are blurred away "
        f"(n = {deletion['n']}, {deletion['whole']:.3f} for the whole film):",
        table(["cells", *(f"{float(share) * 100:.0f} % gone" for share in shares)], rows),
    ]
    boxes = saliency.get("boxes", {"n": 0})
    if boxes["n"]:
        parts.append(
            f"NIH pneumonia films with radiologists' boxes, outside the training data (n = {boxes['n']}): "
            f"{boxes['share of heat inside'] * 100:.1f} % of the pneumonia heat lies inside the boxes, which cover "
            f"{boxes['share of area inside'] * 100:.1f} % of the film; the hottest point lies inside in "
            f"{boxes['hottest point inside'] * 100:.1f} %."
        )
    return "\n\n".join(parts)
