"""What the recipe of the chest network was chosen by, from the JSON files of two experiments."""

from collections.abc import Iterator
from typing import Any

from evidence.markdown import shown
from evidence.results.stored import stored
from evidence.results.table import NONE, Table, minutes, provenance
from training.data.chest_xray_sources import source_of
from training.experiments.chest_choice_table import seconds

SOURCES, CHOICE = "docs/chest_xray/sources.json", "docs/chest_xray/choice.json"
WITHIN = {"siim_auroc": "SIIM", "rsna_auroc": "RSNA", "nih_auroc": "NIH", "kermany_auroc": "Kermany"}

Row = dict[str, Any]


def tables() -> Iterator[Table]:
    yield from learned_from()
    yield from candidates()


def learned_from() -> Iterator[Table]:
    """Films, labels, cuts and weights of a linear classifier on frozen features, by sources that it did not see."""
    result = stored(SOURCES)
    if result is None:
        return
    blocks = list(dict.fromkeys(_block(found) for row in result["rows"] for found in row["left_out"]))
    rows = []
    for row in result["rows"]:
        by_block = {_block(found): found["auroc"] for found in row["left_out"]}
        rows.append([row["name"], *(_figure(by_block.get(block)) for block in blocks)])
    note = (
        f"Each AUC is on the films of a source left out of training, {result['n']:,} films in all, by logistic "
        f"regression on frozen features of Inception-v3 at {result['size']} pixels. "
        "[Within sources, and with intervals](chest_xray/sources.md)."
    )
    yield Table("What a network learns from", ("training", *blocks), rows, **provenance(result), note=note)


def candidates() -> Iterator[Table]:
    """Networks and recipes on the same films, judged within sources."""
    result = stored(CHOICE)
    if result is None:
        return
    rows = [
        [row["name"], minutes(seconds(row)), _mean(row, "macro_auroc"), *(_mean(row, key) for key in WITHIN)]
        for row in result["rows"]
    ]
    n_seeds, n_train = len(result["seeds"]), result["n_train"]
    note = (
        f"Each AUC is the mean of {n_seeds} seeds. {n_train:,} films train each network, and {result['n_val']:,} "
        "validation films judge it. A row that names no network is Inception-v3 to Mixed_6e, tuned from Mixed_6a, with "
        "that one change. [Intervals, each seed, and both networks together](chest_xray/choice.md)."
    )
    header = ("candidate", "training", "macro AUC", *WITHIN.values())
    yield Table("Choosing the network and the recipe", header, rows, **provenance(result), note=note)


def _block(found: Row) -> str:
    """The sources left out together, and the pair of classes in them."""
    names = " and ".join(source_of(name).name for name in found["sources"].split(" and "))
    return f"{names}: {found['negative']} against {found['positive']}"


def _figure(found: Row | None) -> str:
    return NONE if found is None else shown(found)


def _mean(row: Row, key: str) -> str:
    seeds = row["figures"][key]["seeds"] if key in row["figures"] else []
    return f"{sum(seeds) / len(seeds):.3f}" if seeds else NONE
