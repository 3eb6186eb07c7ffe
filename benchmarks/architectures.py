"""How long each architecture takes for one image at its own input size: torch eager against onnxruntime.

python -m benchmarks.architectures [--rounds 5] [--threads 2]

The networks have random weights, which take as long as trained ones, and go through the project's own export, one at a
time. The files that ship are timed as they are. Writes the JSON that the Compare tab shows.
"""

import gc
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import tyro
from torch import Tensor, nn

from benchmarks.onnx_costs import multiply_adds
from export.latency import median_latency
from export.to_onnx import to_onnx
from fovea import ModelSpec, load, open_model
from training.experiments.architectures import ENTRIES, Entry
from training.experiments.result import write_result
from training.models import build


@dataclass(frozen=True)
class Options:
    """What to run."""

    rounds: int = 5
    """turns of each pair; a turn times three calls"""
    threads: int = 2
    only: tuple[str, ...] = ()
    """names of architectures, for a quick try; by default all"""
    models_dir: Path = Path("models")
    json: Path = Path("space/results/latency.json")


class Bare(nn.Module):
    """A network whose one output is `logits`."""

    output_names = ("logits",)

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.network(pixels)
        return logits


def main(options: Options) -> dict[str, Any]:
    """Time everything, write the JSON; its content."""
    torch.set_num_threads(options.threads)
    rows = []
    for entry in ENTRIES:
        if not options.only or entry.name in options.only:
            rows.append(timed(entry, options))
            print(json.dumps(rows[-1]), flush=True)
            gc.collect()  # VGG16's 550 MB go before the next network comes
    shipped = [timed_file(path, options) for path in sorted(options.models_dir.glob("*.onnx"))]
    content = {
        "command": "python -m benchmarks.architectures",
        "torch": torch.__version__,
        "threads": options.threads,
        "rounds": options.rounds,
        "rows": rows,
        "shipped": [row for row in shipped if row is not None],
    }
    return write_result(options.json, "latency", content)


def timed(entry: Entry, options: Options) -> dict[str, Any]:
    """Median milliseconds of one network, for one image."""
    torch.manual_seed(0)
    network = Bare(build(entry.architecture, **entry.options)).eval()
    pixels = np.random.default_rng(0).integers(0, 256, (1, entry.size, entry.size, entry.channels), dtype=np.uint8)
    session = open_model(to_onnx(network, plain_spec(entry)).SerializeToString(), entry.name, threads=options.threads)

    def torch_eager() -> Tensor:
        with torch.inference_mode():
            logits: Tensor = network(torch.from_numpy(pixels))
            return logits

    seconds = median_latency({"torch": torch_eager, "onnxruntime": lambda: session.run(pixels)}, options.rounds)
    return {"name": entry.name} | in_ms(seconds)


def plain_spec(entry: Entry) -> ModelSpec:
    """A contract for a network that knows nothing."""
    return ModelSpec(
        task="latency",
        title=entry.name,
        architecture=entry.architecture,
        classes=(),
        height=entry.size,
        width=entry.size,
        channels=entry.channels,
        fit="stretch",
        parameters=0,
        training_data="none",
        data_licence="none",
        licence="Apache-2.0",
        limits=("Random weights.",),
        created=date.today().isoformat(),
    )


def timed_file(path: Path, options: Options) -> dict[str, Any] | None:
    """Median milliseconds of a file that ships, for one image of its size; None for one that classifies nothing."""
    model = load(path, threads=options.threads)
    spec = model.spec
    if spec.metric("accuracy") is None:
        return None
    pixels = np.random.default_rng(0).integers(0, 256, (1, spec.height, spec.width, spec.channels), dtype=np.uint8)
    seconds = median_latency({"onnxruntime": lambda: model.run(pixels)}, options.rounds)
    work = multiply_adds(onnx.load(path), pixels.shape)
    return {"file": path.name, "revision": model.revision, "multiply_adds": work} | in_ms(seconds)


def in_ms(seconds: dict[str, float]) -> dict[str, float]:
    return {f"{name}_ms": round(second * 1000, 4) for name, second in seconds.items()}


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
