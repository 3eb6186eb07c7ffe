"""Figures of the chest X-ray model: the one place that reads docs/chest_xray/evidence.json for page and README.

A part that the evidence lacks has no table. Evidence about another revision than that of the shipped file is not read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from evidence.markdown import shown
from evidence.results.stored import experiment, model, stored
from evidence.results.table import Table, provenance, share_of
from training.data.chest_xray_sources import source_of

EVIDENCE = "docs/chest_xray/evidence.json"
FIGURES = {"accuracy": "right answers", "macro_auroc": "macro AUC", "ece": "calibration error"}
PROTOCOLS = {"darkcovidnet_random": "random five-fold", "darkcovidnet_by_patient": "five-fold by patient"}

Part = Mapping[str, Any]


def evidence() -> Part:
    found, shipped = stored(EVIDENCE) or {}, model("chest_xray")
    return found if shipped is not None and found.get("revision") == shipped.revision else {}


def accuracy(part: str) -> Part | None:
    """Of the films of `test` or `external`: value, interval over patients, and n."""
    figure: Part | None = evidence().get(part, {}).get("accuracy")
    return figure


def made(part: str) -> dict[str, str]:
    """By which command, when and on what a part of the evidence was made."""
    return provenance({"command": "python -m evidence chest_xray"} | evidence().get("made", {}).get(part, {}))


def tables() -> Iterator[Table]:
    found = evidence()
    yield from _judged(found, "test", "Test films of the same hospitals")
    yield from _folds(found)
    yield from _within(found)
    yield from _judged(found, "external", "Films of other hospitals")
    yield from _protocol(found)
    yield from _probes(found)
    yield from _frozen()


def _table(part: str, title: str, header: tuple[str, ...], rows: list[list[str]], note: str = "") -> Iterator[Table]:
    if rows:
        yield Table(title, header, rows, **made(part), note=note)


def _judged(found: Part, part: str, title: str) -> Iterator[Table]:
    header = ("figure", "value (95 % interval over patients)", "n")
    yield from _table(part, title, header, _figures(found.get(part, {})))


def _folds(found: Part) -> Iterator[Table]:
    folds = found.get("cross_validation", {})
    if folds.get("folds") == 1:  # its figures are those of the validation films that settings were chosen on
        return
    films = folds.get("pooled", {}).get("n")
    note = f"Means over {folds.get('folds')} folds, with t intervals." + (f" {films:,} films." if films else "")
    header = ("figure", "value", "folds")
    yield from _table("cross_validation", "Cross-validation by patient", header, _figures(folds), note)


def _figures(part: Part) -> list[list[str]]:
    return [
        [title, share_of(part[name]) if name == "accuracy" else shown(part[name]), f"{part[name]['n']:,}"]
        for name, title in FIGURES.items()
        if part.get(name)
    ]


def _within(found: Part) -> Iterator[Table]:
    """Films of one collection, so that the collection gives nothing away."""
    test = found.get("test", {})
    rows = [
        [
            f"{source_of(row['source']).name}, view {row['view']}, age {row['age']}",
            f"{row['negative']} against {row['positive']}",
            shown(row["auroc"]),
            f"{row['auroc']['n']:,}",
        ]
        for row in test.get("within", ())
    ]
    yield from _table("test", "Within one source", ("films", "pair", "AUC", "n"), rows)


def _protocol(found: Part) -> Iterator[Table]:
    parts = {name: found[name] for name in PROTOCOLS if name in found}
    rows = [[PROTOCOLS[name], share_of(part["accuracy"]), f"{part['n']:,}"] for name, part in parts.items()]
    published = (stored("space/lessons/published.json") or {}).get("darkcovidnet")
    settings = next((part["settings"] for part in parts.values() if "settings" in part), None)
    note = (
        "" if published is None else f"Published: {published['value']['accuracy'] * 100:.2f} % ({published['source']})."
    )
    if settings is not None:
        note += f" {settings['head_epochs']} epochs of the head and {settings['tune_epochs']} of fine-tuning."
        note += "" if settings["balance"] else " No measures against shortcuts."
    header = ("folds", "accuracy", "n")
    yield from _table("darkcovidnet_random", "The protocol of DarkCovidNet", header, rows, note.strip())


def _probes(found: Part) -> Iterator[Table]:
    probes = found.get("shortcuts", {}).get("probes", {})
    rows = [[name, shown(probe["macro_auroc"]), f"{probe['n']:,}"] for name, probe in probes.items()]
    note = "Five folds by patient. The pooled figures above measure the collections as much as the disease."
    header = ("a probe sees", "macro AUC", "n")
    yield from _table("shortcuts", "What a probe tells without seeing a lung", header, rows, note)


def _frozen() -> Iterator[Table]:
    """Probes on frozen features that decided two settings of the training."""
    flip = experiment("chest_flip")
    if flip is not None:
        rows = [
            [name, *(f"{flip[name][key]:.3f}" for key in ("macro_auroc", "nih_auroc"))]
            for name in flip
            if isinstance(flip[name], dict) and "macro_auroc" in flip[name]
        ]
        note = f"A probe on frozen features, {flip['n']:,} films, five folds by patient. Mirroring is off by default."
        yield Table(
            "Mirrored films in training", ("films", "macro AUC", "NIH AUC"), rows, **provenance(flip), note=note
        )
    inputs = experiment("chest_inputs")
    if inputs is not None:
        rows = [
            [
                str(row["size"]),
                "as it is" if row["film_border"] is None else f"{row['film_border'] * 100:.0f} % masked",
                f"{row['macro_auroc']:.3f}",
                f"{row['within_nih']:.3f}",
            ]
            for row in inputs["rows"]
        ]
        note = f"A probe on frozen features, {inputs['n']:,} films, five folds by patient."
        header = ("input, pixels", "border of the film", "macro AUC", "NIH AUC")
        yield Table("Input size and border", header, rows, **provenance(inputs), note=note)
