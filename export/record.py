"""export.json: what was measured and done on the way to a file, and stands in no file itself."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from export.parity import Parity
from fovea import Model

NAME = "export.json"


@dataclass(frozen=True)
class ExportRecord:
    """`commands` made the file of this `revision`, `notes` are sentences on how.

    `parity` is that of its float form with torch, None for a file that was made again from its own weights. `before` is
    the revision whose network this file has, with another score.
    """

    revision: str
    parity: Parity | None
    notes: tuple[str, ...]
    commands: tuple[str, ...]
    before: str | None = None


def write_record(run: Path, record: ExportRecord) -> None:
    """Into the folder of the run."""
    run.mkdir(parents=True, exist_ok=True)
    parity = {} if record.parity is None else asdict(record.parity)
    content = parity | {
        "notes": record.notes,
        "commands": record.commands,
        "revision": record.revision,
        "before": record.before,
    }
    (run / NAME).write_text(json.dumps(content) + "\n")


def read_record(run: Path, model: Model, words: str) -> ExportRecord:
    """That of `model`, from the folder of its run; `words` are its task and network as on the command line.

    Raises FileNotFoundError where the folder has none, or has that of another export.
    """
    path = run / NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {path}, which tells how {model.path} was made. Run `python -m export {words}`."
        )
    content: dict[str, Any] = json.loads(path.read_text())
    if content.get("revision") != model.revision:
        raise FileNotFoundError(
            f"{path} is not about the revision {model.revision[:16]} of {model.path}. "
            f"Run `python -m export {words}` again."
        )
    parity = Parity(content["n"], content["differences"]) if "differences" in content else None
    notes, commands = tuple(content["notes"]), tuple(content["commands"])
    return ExportRecord(content["revision"], parity, notes, commands, content.get("before"))
