"""How fast a transfer network answers: torch eager, onnxruntime float32 and int8, OpenVINO on the same float32 file.

python -m benchmarks.inference [--task flowers | chest_xray] [--name inception_v3] [--rounds 8]

Also what the heatmaps cost (onnxruntime with and without them, and the grad-cam package), and the shipped file from the
bytes of an upload to the answer. All contestants take turns. Needs the run that was exported, and openvino
(benchmarks/requirements.txt).
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import openvino
import torch
import tyro
from onnx.utils import Extractor
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from export.classifier_graph import ExportedClassifier
from export.export_classifier import embed, fitted
from export.latency import median_latency
from export.model_file import write_model
from export.ood import fit_ood
from export.quantize import quantized
from export.to_onnx import to_onnx
from fovea import ModelSpec, load
from training.checkpoint import load_checkpoint
from training.data.chest_xray import load_films, split_off_test
from training.data.flowers import load_flowers
from training.data.photos import Photos
from training.hardware import hardware
from training.models.transfer_net import TransferNet

Contestant = Callable[[np.ndarray], object]

FROM_BYTES = "the shipped file, from an upload's bytes to the answer"
GRAD_CAM = "torch with the grad-cam package, every class"


@dataclass(frozen=True)
class Options:
    """What to run."""

    task: Literal["flowers", "chest_xray"] = "flowers"
    name: str = "inception_v3"
    models_dir: Path = Path("models")
    runs_dir: Path = Path("runs")
    data_dir: Path = Path("data")
    rounds: int = 8
    threads: int = 2


def main(options: Options) -> None:
    torch.set_num_threads(options.threads)
    checkpoint = load_checkpoint(options.runs_dir / options.task / options.name / "checkpoint.pt")
    photos = load_photos(options)
    some = photos.take(range(0, len(photos), len(photos) // 200))
    pixels = fitted((some.photo(index) for index in range(len(some))), checkpoint.spec)
    network = checkpoint.model()
    assert isinstance(network, TransferNet)  # as the recipes of both tasks make them
    embedding = embed(network, pixels, "timed")
    ood = fit_ood(embedding, some.labels, embedding)
    exported = ExportedClassifier(network, checkpoint.spec, ood).eval()
    print(f"{hardware()}, torch {torch.__version__}, {date.today().isoformat()}, {options.rounds} rounds, medians\n")
    with tempfile.TemporaryDirectory() as folder:
        contestants = prepare(exported, checkpoint.spec, Path(folder), pixels, options.threads)
        shipped = load(options.models_dir / f"{options.task}.onnx", threads=options.threads)
        upload = some.paths[0].read_bytes()
        for batch, timed in ((1, 5), (16, 1)):
            turns: dict[str, Callable[[], object]] = {
                name: partial(call, pixels[:batch]) for name, call in contestants.items()
            }
            if batch == 1:
                turns[FROM_BYTES] = partial(shipped.predict, upload)
            table(turns, batch, options.rounds, timed)


def load_photos(options: Options) -> Photos:
    """Of the task's training part, for flowers; of all but the test fold, for films."""
    if options.task == "flowers":
        return load_flowers(options.data_dir).train
    return split_off_test(load_films(options.data_dir))[0].photos


def prepare(
    exported: ExportedClassifier, spec: ModelSpec, folder: Path, pixels: np.ndarray, threads: int
) -> dict[str, Contestant]:
    paths = {name: folder / f"{name}.onnx" for name in ("float32", "int8", "plain")}
    whole = to_onnx(exported, spec)
    write_model(whole, paths["float32"])
    write_model(quantized(whole, pixels), paths["int8"])
    plain = Extractor(whole).extract_model(["pixels"], ["probabilities"])
    onnx.helper.set_model_props(plain, {entry.key: entry.value for entry in whole.metadata_props})
    onnx.save(plain, paths["plain"])
    sessions = {name: load(path, threads=threads) for name, path in paths.items()}
    compiled = openvino.compile_model(
        paths["float32"], "CPU", {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    )

    def torch_eager(batch: np.ndarray) -> object:
        with torch.inference_mode():
            return exported(torch.from_numpy(batch))

    def grad_cam(batch: np.ndarray) -> object:
        network = exported.network
        assert isinstance(network, TransferNet)  # a run of GoogLeNet has no stages
        with GradCAM(model=_FloatInput(network), target_layers=[network.stages[-1]]) as cam:
            x = network.normalize(torch.from_numpy(batch)).requires_grad_()
            return [cam(x, [ClassifierOutputTarget(k)] * len(batch)) for k in range(len(spec.classes))]

    return {
        "torch eager": torch_eager,
        "onnxruntime float32": sessions["float32"].run,
        "onnxruntime float32, probabilities only": sessions["plain"].run,
        "onnxruntime int8": sessions["int8"].run,
        "OpenVINO float32": lambda batch: compiled({"pixels": batch}),
        GRAD_CAM: grad_cam,
    }


class _FloatInput(torch.nn.Module):
    """The network behind its normalisation: the grad-cam package wants a float image."""

    def __init__(self, network: TransferNet) -> None:
        super().__init__()
        self.stages, self.head = network.stages, network.head

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.stages(x))
        return logits


def table(turns: dict[str, Callable[[], object]], batch: int, rounds: int, timed: int) -> None:
    seconds = median_latency(turns, rounds, timed)
    medians = {name: second * 1000 / batch for name, second in seconds.items()}
    print(f"| batch {batch} | median ms an image | against torch eager |")
    print("| --- | --- | --- |")
    for name, median in medians.items():
        print(f"| {name} | {median:.1f} | {median / medians['torch eager']:.2f} |")
    whole, plain = medians["onnxruntime float32"], medians["onnxruntime float32, probabilities only"]
    print(f"\nHeatmaps, embedding and score cost {(whole / plain - 1) * 100:+.1f} % of the forward pass.")
    print(f"Torch with the grad-cam package takes {medians[GRAD_CAM] / whole:.1f} times as long.\n")


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
