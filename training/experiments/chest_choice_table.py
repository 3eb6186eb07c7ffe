"""The choice of the chest recipe as Markdown: a row for each candidate."""

from typing import Any

from fovea.listing import all_of
from training.experiments.chest_candidates import CANDIDATES
from training.markdown_table import markdown_table
from training.within_sources import WITHIN

TITLES = {"macro_auroc": "macro AUC, all sources"} | {within.key: within.title for within in WITHIN}
OF_THE_NETWORK = {"backbone", "last_stage", "tune_from"}
MINUTE = 60.0
FIRST = CANDIDATES[0].name
SHIPPED = (
    "The network that ships is trained on all films, with other findings as a fourth class. A row that is better here "
    "by all sources together decides nothing: films of other sources may look otherwise. Changes of gamma, sharpness "
    "and noise stand for them."
)


def markdown(document: dict[str, Any]) -> str:
    """One table: AUC of the first seed with its interval, those of the others, and that of all of them together."""
    rows = document["rows"]
    keys = [key for key in TITLES if any(key in row["figures"] for row in rows)]
    header = ["candidate", "training", *(TITLES[key] for key in keys)]
    lines = [[row["name"], _time(row), *(_shown(row["figures"].get(key)) for key in keys)] for row in rows]
    others = all_of(str(seed) for seed in document["seeds"][1:])
    return (
        "\n\n".join(
            [
                "# Which network reads chest films",
                f"{document['n_train']:,} films of the first fold's training part train each network. "
                f"{document['n_val']:,} of its validation films judge it. Made by `{document['command']}` on "
                f"{document['created']}, {document['hardware']}.",
                f"A cell begins with the AUC of seed {document['seeds'][0]}. Brackets hold its 95 % interval, by the "
                f"bootstrap over patients. The AUC of seed {others} follows. The last is that of the networks' mean "
                "probabilities. A time is given where another network, or another part of it, is trained. It is of the "
                f"first seed, with an empty cache. From scratch a network trains {document['scratch_epochs']} epochs.",
                SHIPPED,
                "A row that names no network is Inception-v3 to Mixed_6e, tuned from Mixed_6a. It differs in the one "
                "thing named. Where other findings are a class, their films train too, as many as a class "
                "has on average.",
                *_changed(rows),
                markdown_table(header, lines),
            ]
        )
        + "\n"
    )


def _changed(rows: list[dict[str, Any]]) -> list[str]:
    """Of how many films a change that serving would make too finds what it looks for."""
    shares = [f"{row['name']} {row['changed_share']:.0%}" for row in rows if row.get("changed_share")]
    if not shares:
        return []
    return [f"Some changes are made to the films that judge too. They found something to change on: {all_of(shares)}."]


def seconds(row: dict[str, Any]) -> float | None:
    """How long a candidate trained, where another network or another part of it learns; None where that is the same."""
    is_other = row["method"] != "tuned" or row["name"] == FIRST or OF_THE_NETWORK & set(row["changes"])
    return float(row["seconds"]) if is_other else None


def _time(row: dict[str, Any]) -> str:
    taken = seconds(row)
    if taken is None:
        return ""
    return f"{taken:.0f} s" if taken < MINUTE else f"{taken / MINUTE:.1f} min"


def _shown(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    low, high = found["interval"]
    more = [f"{value:.3f}" for value in (*found["seeds"][1:], found["together"])]
    return f"{found['value']:.3f} ({low:.3f} to {high:.3f}), {', '.join(more)}"
