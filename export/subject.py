"""What is exported: the network of a task, the run that it comes from, and the file that it becomes."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, get_args

import tyro

from fovea import SettingError
from fovea.listing import all_of, either
from training.tasks import FEATURES, FOLDER, TASKS, default_network, file_name

ALLOWED = (*TASKS, FEATURES)
SEVERAL = ", ".join(f"{task} has {all_of(networks)}" for task, networks in TASKS.items() if len(networks) > 1)
FeatureNetwork = Literal["alexnet", "vgg16", "lenet5", "lenet5_classic", "googlenet"]
DEFAULT_NETWORK: FeatureNetwork = "alexnet"


@dataclass(frozen=True)
class Subject:
    """Settings that name one file and its run."""

    task: Annotated[tyro.conf.Positional[str], tyro.conf.arg(help=either(ALLOWED))]
    model: Annotated[
        str | None,
        tyro.conf.arg(help=f"the network, where a task has several: {SEVERAL} (written to TASK_MODEL.onnx)"),
    ] = None
    name: str | None = None
    """the run to export (default: the one named after the network)"""
    network: FeatureNetwork = DEFAULT_NETWORK
    """for features, the network whose layers to export (alexnet and vgg16 are published, the others are runs)"""
    runs_dir: Path = Path("runs")
    models_dir: Path = Path("models")
    photos: Annotated[
        tyro.conf.Positional[str | None],
        tyro.conf.arg(help="for folder, and for features of its network, the name of the run, which the file takes"),
    ] = None

    @property
    def chosen(self) -> str:
        """The network's name. Raises SettingError for one that the task has not."""
        if self.task == FEATURES:
            return self.network
        networks = TASKS[self.task]
        if self.model is not None and self.model not in networks:
            raise SettingError(f"The model is {self.model!r}. For {self.task} choose {either(networks)}.")
        return self.model or default_network(self.task)

    @property
    def own_name(self) -> str | None:
        """The run on photos of one's own; None for other tasks. Raises SettingError where it is missing or too much."""
        if self.task == FEATURES:
            if self.photos in get_args(FeatureNetwork):
                raise SettingError(f"{self.photos!r} is a network of the app. Name it with --network {self.photos}.")
            return self.photos
        if self.task != FOLDER:
            if self.photos is not None:
                raise SettingError(f"{self.task} takes no {self.photos!r} behind it. Name its run with --name.")
            return None
        name = self.photos or self.name
        if name is None:
            raise SettingError("Name the run, as `python -m training folder` named it: folder NAME.")
        return name

    @property
    def is_default(self) -> bool:
        """Whether the network is the one that the task means without `--model`."""
        return self.task != FEATURES and self.chosen == default_network(self.task)

    @property
    def run(self) -> Path:
        """The run's folder: of its checkpoint, and of what the export measured."""
        return self.runs_dir / self.task / (self.own_name or self.name or self.chosen)

    @property
    def file(self) -> Path:
        if self.task == FEATURES:
            return self.models_dir / f"{FEATURES}_{self.own_name or self.network}.onnx"
        return self.models_dir / f"{self.own_name or file_name(self.task, self.chosen)}.onnx"

    @property
    def words(self) -> str:
        """The task and its network as on the command line."""
        if self.own_name is not None:
            return f"{self.task} {self.own_name}"
        if self.task == FEATURES:
            return f"{self.task} --network {self.network}"
        return self.task if self.is_default else f"{self.task} --model {self.chosen}"


def has_own_evidence(task: str) -> bool:
    """Whether `evidence` has a module of the task's name; else the model card is all that it writes."""
    return find_spec(f"evidence.{task}") is not None
