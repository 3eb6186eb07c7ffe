"""What is exported: the network of a task, the run that it comes from, and the file that it becomes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from fovea import SettingError

# task: its networks, whose runs have their names; the first network's file is TASK.onnx
NETWORKS = {
    "digits": ("lenet5",),
    "flowers": ("inception_v3",),
    "chest_xray": ("inception_v3",),
    "objects": ("googlenet", "inception_v3"),
}
FEATURES = "features"
ALLOWED = (*NETWORKS, FEATURES)
FeatureNetwork = Literal["alexnet", "lenet5", "googlenet"]
DEFAULT_NETWORK: FeatureNetwork = "alexnet"


@dataclass(frozen=True)
class Subject:
    """Settings that name one file and its run."""

    task: tyro.conf.Positional[str]
    """digits, flowers, objects, chest_xray or features"""
    model: str | None = None
    """the network, where a task has several: objects has googlenet and inception_v3, written to TASK_MODEL.onnx"""
    name: str | None = None
    """the run that is exported; by default the one named after the network"""
    network: FeatureNetwork = DEFAULT_NETWORK
    """features: whose layers; lenet5 and googlenet are those of the default runs of digits and objects"""
    runs_dir: Path = Path("runs")
    models_dir: Path = Path("models")

    @property
    def chosen(self) -> str:
        """The network's name. Raises SettingError for one that the task has not."""
        if self.task == FEATURES:
            return self.network
        networks = NETWORKS[self.task]
        if self.model is not None and self.model not in networks:
            raise SettingError(f"The model is {self.model!r}; allowed for {self.task} are {', '.join(networks)}.")
        return self.model or networks[0]

    @property
    def is_default(self) -> bool:
        """Whether the network is the one that the task means without `--model`."""
        return self.task != FEATURES and self.chosen == NETWORKS[self.task][0]

    @property
    def run(self) -> Path:
        """The run's folder: of its checkpoint, and of what the export measured."""
        return self.runs_dir / self.task / (self.name or self.chosen)

    @property
    def file(self) -> Path:
        return self.models_dir / f"{self.task if self.is_default else f'{self.task}_{self.chosen}'}.onnx"

    @property
    def words(self) -> str:
        """The task and its network as on the command line."""
        if self.task == FEATURES:
            return f"{self.task} --network {self.network}"
        return self.task if self.is_default else f"{self.task} --model {self.chosen}"
