"""How fast a transfer network answers: torch eager, onnxruntime float32 and int8, OpenVINO on the same float32 file.

python -m benchmarks.inference [--task flowers] [--model NETWORK] [--name RUN] [--rounds 8]

Also what the heatmaps cost (onnxruntime with and without them, and the grad-cam package), and the shipped file from the
bytes of an upload to the answer. All contestants take turns. Needs the run that was exported; OpenVINO takes part where
it is installed (benchmarks/requirements.txt).
"""

import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from onnx.utils import Extractor
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from export.classifier_graph import ExportedClassifier
from export.export_classifier import fitted
from export.latency import median_latency
from export.metadata import spec_of, with_spec
from export.model_file import write_model
from export.ood import fit_ood
from export.quantize import Quantizer
from export.subject import Subject
from export.task import task_export
from export.to_onnx import to_onnx
from fovea import FoveaError, ModelSpec, SettingError, load
from fovea.listing import either
from training.checkpoint import load_checkpoint
from training.data.photos import Photos, PhotoSet
from training.hardware import hardware
from training.models.transfer_net import TransferNet
from training.tasks import TASKS, not_a_task

IMAGES = 200  # to fit the score and the int8 form on

Contestant = Callable[[np.ndarray], object]

FROM_BYTES = "the shipped file, from an upload's bytes to the answer"
GRAD_CAM = "torch with the grad-cam package, every class"


@dataclass(frozen=True)
class Options:
    """What to run."""

    task: Annotated[str, tyro.conf.arg(help=either(TASKS))] = "flowers"
    model: str | None = None
    """the network, where the task has several; it must be one of transfer learning"""
    name: str | None = None
    """the run that was exported; by default the one named after the network"""
    models_dir: Path = Path("models")
    runs_dir: Path = Path("runs")
    data_dir: Path = Path("data")
    rounds: int = 8
    threads: int = 2


def main(options: Options) -> None:
    """Raises SettingError for an unknown task or network, and for a network that is not one of transfer learning."""
    if options.task not in TASKS:
        raise SettingError(not_a_task(options.task))
    torch.set_num_threads(options.threads)
    subject = Subject(
        options.task, options.model, options.name, runs_dir=options.runs_dir, models_dir=options.models_dir
    )
    checkpoint = load_checkpoint(subject.run / "checkpoint.pt")
    network = checkpoint.model()
    if not isinstance(network, TransferNet):
        raise SettingError(f"The run {subject.run} is not one of transfer learning: name another by --model or --name.")
    images = task_export(options.task).splits(checkpoint.config, options.data_dir).train
    some = images.take(range(0, len(images), max(1, len(images) // IMAGES)))
    pixels = fitted((some.photo(index) for index in range(len(some))), checkpoint.spec)
    with torch.no_grad():
        batches = torch.split(torch.from_numpy(pixels), 8)
        embedding = torch.cat([network.head.embed(network.maps(batch)) for batch in batches])
    ood = fit_ood(embedding, some.labels, embedding)
    exported = ExportedClassifier(network, checkpoint.spec, ood).eval()
    print(f"{hardware()}, torch {torch.__version__}, {date.today().isoformat()}, {options.rounds} rounds, medians\n")
    with tempfile.TemporaryDirectory() as folder:
        contestants = prepare(exported, checkpoint.spec, Path(folder), pixels, options.threads)
        shipped = load(subject.file, threads=options.threads)
        upload = upload_of(some)
        for batch, timed in ((1, 5), (16, 1)):
            turns: dict[str, Callable[[], object]] = {
                name: partial(call, pixels[:batch]) for name, call in contestants.items()
            }
            if batch == 1:
                turns[FROM_BYTES] = partial(shipped.predict, upload)
            table(turns, batch, options.rounds, timed)


def upload_of(images: PhotoSet) -> bytes:
    """The first image as a user sends it: its file, or a PNG of one that is in no file."""
    if isinstance(images, Photos):
        return images.paths[0].read_bytes()
    content = io.BytesIO()
    images.photo(0).save(content, "PNG")
    return content.getvalue()


def prepare(
    exported: ExportedClassifier, spec: ModelSpec, folder: Path, pixels: np.ndarray, threads: int
) -> dict[str, Contestant]:
    paths = {name: folder / f"{name}.onnx" for name in ("float32", "int8", "plain")}
    whole = to_onnx(exported, spec)
    write_model(whole, paths["float32"])
    write_model(Quantizer(whole, pixels).int8("minmax"), paths["int8"])
    plain = Extractor(whole).extract_model(["pixels"], ["probabilities"])
    write_model(with_spec(plain, spec_of(whole)), paths["plain"])
    sessions = {name: load(path, threads=threads) for name, path in paths.items()}

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
        **with_openvino(paths["float32"], threads),
        GRAD_CAM: grad_cam,
    }


def with_openvino(path: Path, threads: int) -> dict[str, Contestant]:
    """OpenVINO on the file at `path`, or nobody and a printed line where it is not installed."""
    try:
        import openvino
    except ModuleNotFoundError:
        print("OpenVINO is not installed, so its row is left out.\n")
        return {}
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.compile_model(path, "CPU", settings)
    return {"OpenVINO float32": lambda batch: compiled({"pixels": batch})}


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
    try:
        main(tyro.cli(Options, description=__doc__))
    except (FileNotFoundError, FoveaError) as error:
        sys.exit(str(error))
