"""The JSON of an experiment: what was run, when and on what, then what came out."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from training.hardware import hardware


def made_here() -> dict[str, str]:
    """When and on what a figure of today is made: what the header says, and a row that was added to an older file."""
    return {"created": date.today().isoformat(), "hardware": hardware()}


def kept_rows(path: Path, settings: dict[str, Any], part: str = "rows") -> list[dict[str, Any]]:
    """The rows of an earlier call with the same settings; none without one. Each says when and on what it was made."""
    stored = json.loads(path.read_text()) if path.is_file() else {}
    if not stored or {name: stored.get(name) for name in settings} != settings:
        return []
    made = {name: stored[name] for name in ("created", "hardware")}
    return [made | row for row in stored[part]]


def write_result(path: Path, experiment: str, content: dict[str, Any]) -> dict[str, Any]:
    """Write `content` under the header that every experiment has, of which it may hold a part; the whole document."""
    document = {
        "experiment": experiment,
        "command": f"python -m training.experiments {experiment}",
        **made_here(),
    } | content
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")
    return document
