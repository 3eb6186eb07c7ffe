"""The report's sections on what the network may have learned besides the lungs."""

from evidence.chest_xray_findings import Evidence, left_out, recognised_patients, rule_of_choice
from evidence.darkcovidnet import PUBLISHED_ACCURACY
from evidence.markdown import shown, table

TITLES = {
    "accuracy": "accuracy",
    "auroc": "AUC",
    "macro_auroc": "macro AUC",
    "ece": "calibration error",
    "pneumonia recall": "pneumonia recall",
}
WITHIN = ("nih normal against pneumonia", "kermany normal against pneumonia")
PAIRS = {"siim": "no pneumonia against typical COVID-19"}
HIGH_AUC = 0.8  # from here on a probe that should know nothing knows a lot


def before_after(evidence: Evidence) -> str:
    sources, plain = evidence["sources"], evidence["without_measures"]
    shipped = {"nih": evidence["test"]["NIH"], "test": evidence["test"], "external": evidence["external"]}
    rows = [
        [
            f"{title} left out of training, {PAIRS.get(source, 'normal against pneumonia')} AUC",
            *(shown(sources[form][f"unseen {source}"]["auroc"]) for form in ("before", "after")),
            "not paired",
        ]
        for source, title in left_out(evidence).items()
    ]
    for key, name in (("nih", "NIH films of the test fold"), ("test", "test fold"), ("external", "other hospitals")):
        for figure, change in plain[key]["change"].items():
            low, high = change["interval"]
            rows.append(
                [
                    f"{name}, {TITLES[figure]}",
                    shown(plain[key][figure]),
                    shown(shipped[key][figure]),
                    f"{change['value']:+.3f} ({low:+.3f} to {high:+.3f})",
                ]
            )
    return "\n\n".join(
        [
            "## What was done against shortcuts, before and after",
            "Before: films as they are, geometric augmentation only, films drawn as they come. After, the shipped "
            "recipe: every film brought to one mean and contrast with its border masked inside the network, random "
            "gamma, sharpness, noise, resolution and compression, classes and sources balanced in part.",
            table(["films", "before", "after", "change"], rows),
            rule_of_choice(evidence),
            f"One training each. RSNA's {'films' if 'rsna' in left_out(evidence) else 'normal films'}, taken at NIH "
            "too, stay in the training where NIH is left out. On "
            'NIH, the test fold and other hospitals "before" is the network in float32, "after" the file that ships, '
            "both calibrated on the same validation films. The change is paired by film. What standardising and a "
            "masked border do to a frozen network is measured by `python -m training.experiments chest_inputs`.",
        ]
    )


def shortcuts(evidence: Evidence) -> str:
    probes = evidence["shortcuts"]
    rows = [
        [
            name,
            *(shown(row[key]) for key in ("accuracy", "macro_auroc", *WITHIN)),
        ]
        for name, row in probes.items()
    ]
    n = next(iter(probes.values()))["n"]
    best = max(row["macro_auroc"]["value"] for name, row in probes.items() if name.startswith("frozen features"))
    meaning = (
        "in this data the class can largely be read off the rim, the position and the processing of a film. The pooled "
        "figures above are therefore no measure of what the network knows of lungs. Those within a source and of "
        "sources left out come closer."
        if best >= HIGH_AUC
        else "in this data the class is hard to read off anything but the lungs."
    )
    return "\n\n".join(
        [
            "## How much can be told without the lungs",
            f"Probes on {n:,} films, patient-grouped five-fold. A probe that sees no lung, or a sliver of one "
            f"in some films, reaches a macro AUC of {best:.3f}: {meaning}",
            table(["probe sees", "accuracy", "macro AUC", "NIH AUC", "Kermany AUC"], rows),
        ]
    )


def darkcovidnet(evidence: Evidence) -> str:
    kinds = {"darkcovidnet_random": "random five-fold", "darkcovidnet_by_patient": "five-fold by patient"}
    rows = []
    for key, name in kinds.items():
        dark = evidence[key]
        settings = dark["settings"]
        has_measures = settings["film_border"] is not None or settings["photometric"] > 0 or settings["balance"] > 0
        rows.append(
            [
                name,
                f"{settings['head_epochs']} + {settings['tune_epochs']}",
                "yes" if has_measures else "no",
                shown(dark["accuracy"]),
                shown(dark["macro_auroc"]),
                shown(dark["classes"]["covid19"]["recall"]),
                ", ".join(f"{value:.3f}" for value in dark["accuracy by fold"]),
            ]
        )
    header = ["folds", "epochs", "measures", "accuracy", "macro AUC", "COVID-19 recall", "accuracy by fold"]
    return "\n\n".join(
        [
            "## The protocol of DarkCovidNet",
            f"The {evidence['darkcovidnet_random']['n']:,} films of Ozturk et al. 2020, trained on afresh: epochs of "
            "the head and of fine-tuning, with or without the recipe's measures against shortcuts. They report an "
            f"accuracy of {PUBLISHED_ACCURACY:.4f} by random five-fold after 100 epochs, with films of one patient in "
            "training and test.",
            table(header, rows),
            recognised_patients(evidence),
        ]
    )
