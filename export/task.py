"""What the module of a task in this folder, `export/TASK.py`, has to offer."""

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from export.result import ExportResult, Precision
from training.checkpoint import Checkpoint
from training.data import Splits
from training.data.photos import PhotoSet


class TaskExport(Protocol):
    """Functions of the module."""

    def splits(self, checkpoint: Checkpoint, data_dir: Path) -> Splits[PhotoSet]:
        """The images that the network was trained, chosen and tested on, as they are stored."""

    def export(self, checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
        """Raises ParityError where onnxruntime and torch disagree."""


def task_export(task: str) -> TaskExport:
    """The module of a task that `training.tasks` names."""
    return cast(TaskExport, import_module(f"export.{task}"))
