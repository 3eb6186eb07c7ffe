"""Where measured figures are stored: JSON files of the repository, and the specs of the model files."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fovea import ModelHeader, read_header

ROOT = Path(__file__).parents[2]
EXPERIMENTS = "space/results"


@cache
def stored(path: str) -> dict[str, Any] | None:
    """The content of a JSON file below the repository's root; None where it is not there."""
    file = ROOT / path
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def experiment(name: str) -> dict[str, Any] | None:
    """What `python -m training.experiments NAME` or a benchmark wrote for the Compare tab."""
    return stored(f"{EXPERIMENTS}/{name}.json")


def rows_of(name: str, **wanted: Any) -> list[dict[str, Any]]:
    """The rows of an experiment whose values are the wanted ones; none where it was not run."""
    found = experiment(name) or {"rows": []}
    return [row for row in found["rows"] if all(row.get(key) == value for key, value in wanted.items())]


@cache
def model(name: str) -> ModelHeader | None:
    """A shipped file; None where it is not there."""
    path = ROOT / "models" / f"{name}.onnx"
    return read_header(path) if path.is_file() else None
