"""The report's tables by source, by view and by age."""

from typing import Any

from evidence.groups import LEAST_PATIENTS
from evidence.markdown import percent, shown, table
from training.data.chest_xray import CLASSES
from training.data.chest_xray_sources import source_of

AGES = {"child": "children", "adult": "adults", "unknown": "age not given"}
SICK = CLASSES[1:]
SHARES = ("another finding", "answered")  # of the films
MEANING = (
    "By source, view and age, over all classes of a group. Its macro AUC is the mean over the classes that it holds "
    f"enough patients of. Groups of fewer than {LEAST_PATIENTS} patients are left out. The share `another finding` is "
    "of films with one of the three labels. The report of a film with pneumonia may name an effusion or a mass too."
)


def groups_table(rows: list[dict[str, Any]]) -> str:
    """Two tables, as one would be wider than a page: all films of a group, then its sick ones and its answers."""
    whole = ["films", "n", *CLASSES, "accuracy", "macro AUC", "calibration error"]
    parts = ["films", *(f"{name} recall" for name in SICK), *SHARES, "accuracy of the answers"]
    return "\n\n".join([table(whole, [_whole(row) for row in rows]), table(parts, [_parts(row) for row in rows])])


def group_title(row: dict[str, Any]) -> str:
    name: str = row["name"]
    if row["by"] == "source":
        return source_of(name).name
    if row["by"] == "view":
        return "view not given" if name == "unknown" else f"view {name}"
    return AGES.get(name, name)


def _whole(row: dict[str, Any]) -> list[str]:
    counts = [f"{row['n']:,}", *(f"{row['classes'][name]:,}" for name in CLASSES)]
    return [group_title(row), *counts, *(_or_nothing(row[figure]) for figure in ("accuracy", "macro_auroc", "ece"))]


def _parts(row: dict[str, Any]) -> list[str]:
    recalls = [_or_nothing(row["recall"].get(name)) for name in SICK]
    shares = [percent(row[name]) for name in SHARES]
    return [group_title(row), *recalls, *shares, _or_nothing(row["accuracy of the answers"])]


def _or_nothing(figure: dict[str, Any] | None) -> str:
    return "" if figure is None else shown(figure)
