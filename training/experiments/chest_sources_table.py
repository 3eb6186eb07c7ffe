"""The study of sources as Markdown: a row for each variant."""

from typing import Any

from training.markdown_table import markdown_table
from training.within_sources import WITHIN


def markdown(document: dict[str, Any]) -> str:
    """Two tables: sources left out, and within sources, the mean over seeds with the interval of the first."""
    rows = document["rows"]
    pairs = list(dict.fromkeys(_pair(found) for row in rows for found in row["left_out"]))
    left_out = [
        [row["name"], *(_shown(next((f for f in row["left_out"] if _pair(f) == pair), None)) for pair in pairs)]
        for row in rows
    ]
    titles = [w.title for w in WITHIN if any(found["films"] == w.title for row in rows for found in row["within"])]
    within = [[row["name"], *(_over_seeds(row["within"], title) for title in titles)] for row in rows]
    return (
        "\n\n".join(
            [
                "# Chest films of sources that were not seen",
                f"{document['n']:,} films outside the test fold, frozen features of Inception-v3 "
                f"(`{document['weights']}`, {document['size']} pixels, border {document['film_border']}), "
                f"logistic regression. Made by `{document['command']}` on {document['created']}, "
                f"{document['hardware']}. AUC with 95 % interval by the bootstrap over patients.",
                "## Each source left out of training",
                "Films of a patient of the source who is in another one do not train either. The classifier has no "
                "seed.",
                markdown_table(["training", *pairs], left_out),
                "## Within a source, five folds by patient",
                f"The mean over {len(document['seeds'])} seeds of the folds, and the interval of the first seed.",
                markdown_table(["training", *titles], within),
            ]
        )
        + "\n"
    )


def _pair(found: dict[str, Any]) -> str:
    return f"{found['sources']}: {found['negative']} against {found['positive']}"


def _shown(found: dict[str, Any] | None) -> str:
    if found is None or found["auroc"] is None:
        return "not trained"
    low, high = found["auroc"]["interval"]
    return f"{found['auroc']['value']:.3f} ({low:.3f} to {high:.3f})"


def _over_seeds(rows: list[dict[str, Any]], title: str) -> str:
    found = [row["auroc"] for row in rows if row["films"] == title]
    if not found or found[0] is None:
        return "not trained"
    low, high = found[0]["interval"]
    return f"{sum(one['value'] for one in found) / len(found):.3f} ({low:.3f} to {high:.3f})"
