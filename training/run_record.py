"""Which run a saved state belongs to: the runs of one folder are numbered, and each state holds its run's number.

`run.json` in the run's folder holds the number and the settings of the run that last began there. A new run changes no
state of an earlier one before it saves its own, and never takes up one with another number.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from fovea import FoveaError
from training.whole_file import write_text

RECORD, STATE = "run.json", "state.pt"
PARTS = (STATE, f"*/{STATE}", f"*/*/{STATE}")  # of the run, of a phase or a detector, and of a phase of a fold

Settings = dict[str, Any]


class StateError(FoveaError):
    """A saved state cannot be taken up. The message names the file."""


@dataclass(frozen=True)
class RunRecord:
    """A run's number in its folder, from 1, and its settings. Number 0 is for trainings outside a run folder."""

    number: int = 0
    settings: Settings = field(default_factory=dict)


States = Mapping[Path, RunRecord]


def write_record(folder: Path, record: RunRecord) -> None:
    write_text(folder / RECORD, json.dumps(vars(record), indent=2) + "\n")


def root_of(folder: Path) -> Path | None:
    """The run's folder, of `folder` itself, of one of its phases, or of a phase of one of its folds; None outside."""
    return next((place for place in (folder, *folder.parents[:2]) if (place / RECORD).is_file()), None)


def record_of(folder: Path) -> RunRecord:
    """Of the run that last began in the folder of the run that `folder` is a part of; number 0 where none says so."""
    root = root_of(folder)
    if root is None:
        return RunRecord()
    try:
        return RunRecord(**json.loads((root / RECORD).read_text()))
    except (ValueError, TypeError):  # changed by hand: the states still say whose they are
        return RunRecord()


def read_state(path: Path, device: torch.device | str = "cpu", *, mmap: bool = False) -> dict[str, Any]:
    """What the loop saved. Raises StateError where the file is damaged, FileNotFoundError where it is missing."""
    try:
        state = torch.load(path, map_location=device, weights_only=True, mmap=mmap)
    except (RuntimeError, ValueError, EOFError, UnpicklingError) as error:
        raise StateError(f"{path} is damaged. Delete it, and run the command again.") from error
    if not isinstance(state, dict) or "progress" not in state:
        raise StateError(f"{path} is not the state of a training. Delete it, and run the command again.")
    return state


def state_record(path: Path) -> RunRecord:
    """The run that a state belongs to; number 0 where it was saved outside one, or before runs had numbers."""
    state = read_state(path, mmap=True)
    return RunRecord(state.get("run", 0), state.get("settings", {}))


def states(folder: Path, *, skip_damaged: bool = False) -> States:
    """Every state below a run's folder, with its run. Raises StateError at a damaged one unless `skip_damaged`."""
    found = {}
    for path in sorted(path for pattern in PARTS for path in folder.glob(pattern)):
        try:
            found[path] = state_record(path)
        except StateError:
            if not skip_damaged:
                raise
    return found


def newest(found: States) -> int:
    """The number of the last run that saved anything; 0 where none did."""
    return max((record.number for record in found.values()), default=0)


def is_begun(folder: Path) -> bool:
    """Whether `folder` holds a state of the last run that saved anything."""
    path, root = folder / STATE, root_of(folder)
    if not path.is_file():
        return False
    return root is None or state_record(path).number == newest(states(root))
