"""What the module of a task in this folder, `export/TASK.py`, has to offer."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from export.judge import Judge
from export.result import ExportResult, Precision
from fovea import ModelSpec
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.photos import PhotoSet


class TaskExport(Protocol):
    """Functions of the module."""

    def splits(self, settings: Mapping[str, Any], data_dir: Path) -> Splits[PhotoSet]:
        """The images that a run of these `settings` trained on, chose by and was tested on, as they are stored."""

    def export(self, checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
        """Raises ParityError where onnxruntime and torch disagree."""


class ClassifierExport(TaskExport, Protocol):
    """What the module of a transfer network, or of GoogLeNet, offers beside."""

    JUDGE: Judge

    def pixels(self, settings: Mapping[str, Any], spec: ModelSpec, data_dir: Path) -> Splits[LabelledPixels]:
        """The same images as serving fits them."""


def task_export(task: str) -> TaskExport:
    """The module of a task that `training.tasks` names."""
    return cast(TaskExport, import_module(f"export.{task}"))


def classifier_export(task: str) -> ClassifierExport | None:
    """The same where it can judge an int8 form; None for digits, which have none."""
    module = import_module(f"export.{task}")
    return cast(ClassifierExport, module) if hasattr(module, "JUDGE") else None
