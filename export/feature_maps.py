"""The feature viewer's files: one network each, every layer an output, the kernels as constants beside them."""

import copy
import dataclasses
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_sample_images
from torch import Tensor, nn

from export.initializers import halved, with_constant_outputs
from export.layer_graph import Step, run_steps, steps
from export.layers import WITH_KERNELS, describe, kernels_name
from export.metadata import spec_of, with_spec
from export.model_file import opened
from export.parity import ParityError, check_parity
from export.published import PUBLISHED
from export.result import ExportResult
from export.subject import FeatureNetwork
from export.to_onnx import to_onnx
from fovea import Model, ModelSpec, fit_to_spec
from training.checkpoint import Checkpoint, load_checkpoint
from training.data.cifar10 import load_cifar10
from training.data.mnist import load_mnist
from training.limits import without_score
from training.models.lenet5_classic import EuclideanRBF, PartialConv2d
from training.tasks import FEATURES, FOLDER

PARITY_IMAGES = 200
BATCH = 50
LENET5_RUNS = {"lenet5": "lenet5", "lenet5_classic": "classic"}
CORNERS = (0.0, 0.5, 1.0)  # where the squares are cut from a sample photo, as shares of its longer side's rest


class LayerOutputs(nn.Module):
    """Pixels uint8 (N, H, W, C) to the activation of every layer; outputs are `output_names`, in order."""

    def __init__(self, network: nn.Module, graph: list[Step]) -> None:
        super().__init__()
        self.network = network
        self.graph = graph
        self.output_names = [step.name for step in graph]

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        return tuple(run_steps(self.graph, self.network.get_submodule("normalize")(pixels)).values())


@dataclass(frozen=True)
class Source:
    """A network with its weights, the spec of what it is, and real images (N, H, W, C) to compare on."""

    network: nn.Module
    spec: ModelSpec
    images: Tensor


def export_own(name: str, runs_dir: Path) -> ExportResult:
    """The stages and the head of the run `name` on photos of one's own. Raises ParityError as `export` does."""
    checkpoint = load_checkpoint(runs_dir / FOLDER / name / "checkpoint.pt")
    spec = dataclasses.replace(checkpoint.spec, title=f"{name}, {checkpoint.spec.title}")
    return export_layers(Source(checkpoint.model(), spec, sample_photos(spec)), f"{FEATURES}_{name}")


def export(network: FeatureNetwork, *, weights: Path | None, runs_dir: Path, data_dir: Path) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree.

    Args:
        network: whose layers.
        weights: of AlexNet, `convN.weight` and `convN.bias`, or of VGG16, torchvision's; by default their
            file in DATA_DIR.
        runs_dir: where both forms of LeNet-5 and GoogLeNet have their checkpoints.
        data_dir: where their data sets are.
    """
    if network in PUBLISHED:
        source = _published(network, weights, data_dir)
    elif network == "googlenet":
        source = _googlenet(runs_dir, data_dir)
    else:
        source = _lenet5(LENET5_RUNS[network], runs_dir, data_dir)
    return export_layers(source, f"{FEATURES}_{network}")


def export_layers(source: Source, task: str) -> ExportResult:
    """Every layer of `source` as an output. Raises ParityError as `export` does."""
    network, spec = source.network.eval(), source.spec
    graph = steps(network)
    layers = describe(network, graph, (spec.height, spec.width, spec.channels))
    held = with_whole_kernels(network)
    exported = LayerOutputs(held, steps(held)).eval()
    limits = without_score(spec.limits)
    plain = to_onnx(exported, dataclasses.replace(spec, task=task, layers=layers, metrics=(), limits=limits))
    proto = with_spec(halved(with_constant_outputs(plain, kernels_of(exported))), spec_of(plain))
    model = opened(proto)
    parity = check_parity(LayerOutputs(network, graph).eval(), model, source.images, batch_size=BATCH)
    check_kernels(exported.graph, model)
    return ExportResult(proto, parity, ())


def with_whole_kernels(network: nn.Module) -> nn.Module:
    """A copy whose partial convolutions are convolutions: a file has zeros where their table has no connection."""
    held = copy.deepcopy(network)
    partial = [(path, module) for path, module in held.named_modules() if isinstance(module, PartialConv2d)]
    for path, module in partial:
        weight = module.weight().detach()
        whole = nn.Conv2d(weight.shape[1], weight.shape[0], module.kernel_size)
        whole.load_state_dict({"weight": weight, "bias": module.bias.detach()})
        held.set_submodule(path, whole)
    return held


def kernels_of(exported: LayerOutputs) -> dict[str, str]:
    """The output of each layer's kernels, and the name of the parameter that holds them."""
    owners = {module: path for path, module in exported.named_modules()}
    return {
        kernels_name(step): f"{owners[step.module]}.{'bitmaps' if isinstance(step.module, EuclideanRBF) else 'weight'}"
        for step in exported.graph
        if step.kind in WITH_KERNELS
    }


def check_kernels(graph: list[Step], model: Model) -> None:
    """Raises ParityError where the file's kernels are not exactly the network's."""
    for step in graph:
        if not isinstance(step.module, nn.Conv2d):
            continue
        kernels = model.kernels(step.name)
        if kernels is None or not np.array_equal(kernels, step.module.weight.detach().numpy()):
            raise ParityError(f"The kernels of {step.name} are not those of the network.")


def _published(network: str, weights: Path | None, data_dir: Path) -> Source:
    """ImageNet weights, without the dense layers."""
    published = PUBLISHED[network]
    features = published.read(weights or data_dir / published.file)
    spec = ModelSpec(
        task="",
        title=published.title,
        architecture=published.architecture,
        classes=(),
        height=published.size,
        width=published.size,
        channels=3,
        fit="crop",
        parameters=sum(parameter.numel() for parameter in features.parameters()),
        training_data="ImageNet, ILSVRC 2012: 1.2 million photos of 1,000 classes",
        data_licence="terms of image-net.org: research, not commercial",
        licence=published.licence,
        limits=(
            f"Shows its {published.shown}. Its dense layers are not in the file, so it names nothing.",
            "Its filters saw photos of 2012's web: what they answer to on other images is theirs, not a finding.",
        ),
        created=date.today().isoformat(),
    )
    return Source(features, spec, sample_photos(spec))


def sample_photos(spec: ModelSpec) -> Tensor:
    """Squares out of scikit-learn's two sample photos, as serving fits them: no download is needed to compare on."""
    squares = []
    for photo in load_sample_images().images:
        side, rest = min(photo.shape[:2]), abs(photo.shape[0] - photo.shape[1])
        for share in CORNERS:
            start = round(rest * share)
            square = photo[:, start : start + side] if photo.shape[1] > side else photo[start : start + side]
            squares.append(fit_to_spec(Image.fromarray(square), spec))
    return torch.from_numpy(np.stack(squares))


def _lenet5(run: str, runs_dir: Path, data_dir: Path) -> Source:
    checkpoint = load_checkpoint(runs_dir / "digits" / run / "checkpoint.pt")
    return _trained(checkpoint, load_mnist(data_dir, val_share=0).test.pixels)


def _googlenet(runs_dir: Path, data_dir: Path) -> Source:
    checkpoint = load_checkpoint(runs_dir / "objects" / "googlenet" / "checkpoint.pt")
    return _trained(checkpoint, load_cifar10(data_dir, checkpoint.config["val_share"]).test.pixels)


def _trained(checkpoint: Checkpoint, images: Tensor) -> Source:
    return Source(checkpoint.model(), checkpoint.spec, images[:PARITY_IMAGES])
