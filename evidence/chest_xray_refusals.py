"""The report's sections on films that the model does not answer, and on what is no frontal chest film."""

from evidence.chest_xray_findings import Evidence
from evidence.markdown import percent, shown, table
from fovea import ModelSpec
from training.data.chest_xray_sources import source_of

REASONS = ("unlike a frontal chest film", "another finding", "not sure")
REASON_TITLES = ("unlike a chest film", "another finding", "not sure")


def abstention(evidence: Evidence) -> str:
    rows = []
    for name, key in (("test fold", "test"), ("other hospitals", "external")):
        row = evidence[key]["answered"]
        right = row["accuracy of the answers"]
        shares = [percent(row[share]) for share in (*REASONS, "answered")]
        rows.append([name, str(row["n"]), *shares, "none" if right is None else shown(right)])
    return "\n\n".join(
        [
            "## When it does not answer",
            "The thresholds were chosen on validation films. A film counts at the first reason that applies, in the "
            "order of the columns.",
            table(["films", "n", *REASON_TITLES, "answered", "accuracy of the answers"], rows),
            *_with_others(evidence["other_findings"]),
        ]
    )


def _with_others(found: Evidence) -> list[str]:
    """What the answers of the test fold are worth where films with another finding are among them."""
    if not found["n"] or found["accuracy of the answers, test fold with these"] is None:
        return []
    right = found["accuracy of the answers, test fold with these"]
    return [
        "No film of this table is labelled with another finding. Each that counts as one is a false alarm. The test "
        f"fold has {found['n']:,} more films, with another finding. Every answer to them counts as wrong. With them "
        f"the accuracy of the answers is {shown(right)}."
    ]


def other_findings(found: Evidence) -> str:
    """Nothing where no such film is at hand."""
    if not found["n"]:
        return ""
    rows = {"all": found} | found["by finding"]
    cells = [
        [
            name.replace("_", " "),
            f"{row['n']:,}",
            *(percent(row[reason]) for reason in REASONS),
            *(percent(share) for share in row["answered"].values()),
        ]
        for name, row in rows.items()
    ]
    return "\n\n".join(
        [
            "## Films with another finding",
            f"{found['n']:,} films of {found['patients']:,} patients of the test fold show something else. Every "
            "answer to them counts as wrong. `normal` may be true to the letter, as no pneumonia is seen, but a reader "
            "may take it for a healthy chest. The rows are words mined from NIH's reports, and a film may be in "
            "several. RSNA's films were read by radiologists, NIH's in part.",
            table(["finding", "n", *REASON_TITLES, *found["answered"]], cells),
            *_told_apart(found["told apart"]),
        ]
    )


def _told_apart(rows: list[Evidence]) -> list[str]:
    cells = [
        [source_of(row["source"]).name, row["class"], f"{row['n others']:,}", f"{row['n']:,}", shown(row["auroc"])]
        for row in rows
    ]
    header = ["films", "against", "n with another finding", "n of the class", "AUROC of other_finding"]
    return [f"How well `other_finding` tells them from films of a class:\n\n{table(header, cells)}"] * (len(rows) > 0)


def outside(evidence: Evidence, spec: ModelSpec) -> str:
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
            *_not_frontal(evidence["not_frontal"], evidence["spoiled"]),
        ]
    )


def _not_frontal(rows: Evidence, spoiled: Evidence) -> list[str]:
    """By the score alone, and by every reason for no answer."""
    return [
        "Chest pictures of other kinds must not be answered either. None was shown to the training or the export. "
        '"Not answered" counts every reason for no answer.',
        _kinds("chest pictures", rows),
        "Test films that were turned, or of which one half was stretched to the whole, must not be answered either. "
        "Validation films spoiled alike chose the grid of the layout.",
        _kinds("spoiled test films", spoiled),
    ]


def _kinds(title: str, rows: Evidence) -> str:
    cells = [
        [
            name,
            str(row["n"]),
            str(row["patients"]),
            shown(row["auroc"]),
            percent(row["refused"]),
            percent(row["not answered"]),
        ]
        for name, row in rows.items()
    ]
    return table([title, "n", "patients", "AUROC of the score", "refused by the score", "not answered"], cells)
