"""The measured results that ship as JSON, a file per experiment."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fovea import FoveaError

RESULTS = Path(__file__).parents[1] / "results"

Result = Mapping[str, Any]


class ResultFileError(FoveaError):
    """A result file that is there, but cannot be read."""


def find_result(folder: Path, experiment: str) -> Result | None:
    """What `experiment` wrote into `folder`; None where it has not run. Raises ResultFileError."""
    path = folder / f"{experiment}.json"
    if not path.is_file():
        return None
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResultFileError(f"The result file {path.name} is not JSON: {error}.") from error
    if not isinstance(result, dict) or result.get("experiment") != experiment:
        raise ResultFileError(f"The result file {path.name} is not from the experiment {experiment}.")
    return result


def provenance(result: Result) -> str:
    """By which command, when and on what the result was made."""
    return f"By `{result['command']}`, {result['created']}, {result['hardware']}."
