"""What docs/results_by_hand.toml holds: figures that a command only prints, and notes on how figures were made."""

import tomllib
from functools import cache
from typing import Any

from evidence.results.stored import ROOT
from evidence.results.table import Table

PATH = ROOT / "docs" / "results_by_hand.toml"
COPIED = "Copied by hand from what it printed."


def tables(section: str) -> list[Table]:
    found = [table for table in _content()["table"] if table["section"] == section]
    return [Table(**{name: value for name, value in each.items() if name != "section"}, note=COPIED) for each in found]


def note(section: str) -> str:
    return str(_content()["notes"].get(section, "")).strip()


def made(model: str) -> dict[str, str]:
    """Command, hardware and date of the metrics in a model file, as far as they are known."""
    return dict(_content()["models"].get(model, {}))


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))
