"""The groups that no split may tear: one patient's films, across collections as far as these name patients."""

from collections.abc import Iterable

from scipy.cluster.hierarchy import DisjointSet

from training.data.chest_xray_rows import Row


def joined_groups(rows: Iterable[Row]) -> list[str]:
    """The group of each row: those of one NIH patient are one, whether NIH, RSNA or chest_xray.tgz names it.

    A joined group keeps the name that came first, so films of chest_xray.tgz stay in the fold that they were in.
    RSNA's films in chest_xray.tgz do not say of whom they are, and stay as they are.
    """
    rows = list(rows)
    joined = DisjointSet()
    for row in rows:
        for name in filter(None, (row.patient, row.nih_patient)):
            joined.add(name)
            joined.merge(row.patient, name)
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(joined[row.patient], row.patient)
    return [first[joined[row.patient]] for row in rows]
