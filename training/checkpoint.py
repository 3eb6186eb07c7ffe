"""The checkpoint: weights, spec, config, metrics, seed and git revision in one file, loaded with weights_only=True."""

import io
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fovea import ModelSpec
from training.models import build
from training.whole_file import write_bytes


@dataclass(frozen=True)
class Checkpoint:
    """What `training` writes at the end of a run and `export` reads. `options` rebuild the network."""

    spec: ModelSpec
    options: dict[str, Any]
    weights: dict[str, Tensor]
    config: dict[str, Any]
    metrics: dict[str, float]
    seed: int
    git_revision: str

    def model(self) -> nn.Module:
        """The trained network in evaluation mode."""
        model = build(self.spec.architecture, **self.options)
        model.load_state_dict(self.weights)
        return model.eval()


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    fields = vars(checkpoint) | {"spec": checkpoint.spec.to_json()}
    write_whole(fields, path)


def load_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint, its spec with the run's time, so that an exported file carries it."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint {path}. Run `python -m training TASK`.")
    fields = torch.load(path, map_location="cpu", weights_only=True)
    spec = replace(ModelSpec.from_json(fields["spec"]), train_seconds=fields["metrics"].get("train_seconds"))
    return Checkpoint(**(fields | {"spec": spec}))


def write_whole(content: dict[str, Any], path: Path) -> None:
    """As torch saves it. Raises OSError with the name of the target, which then stays as it was."""
    buffer = io.BytesIO()  # torch reports a full disk as a RuntimeError when it writes to the file itself
    torch.save(content, buffer)
    write_bytes(path, buffer.getbuffer())


def git_revision() -> str:
    """The commit of the working tree, "unknown" outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent)
        return result.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
