"""Weights for a backbone: from a hub, from a file, or none. A file may end early: the stages it fills are kept."""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torchvision.models import Inception_V3_Weights, VGG16_Weights

from training.models.backbones import Backbone, BackboneError, build_backbone, from_timm

State = Mapping[str, Tensor]
HUB = {
    "vgg16": VGG16_Weights.IMAGENET1K_V1,
    "inception_v3": Inception_V3_Weights.IMAGENET1K_V1,
}
DAMAGE = (SafetensorError, RuntimeError, ValueError, EOFError, UnpicklingError)
STEM_NORM = "stem.norm.weight"


def pretrained_backbone(name: str, weights: str) -> Backbone:
    """The backbone with its weights, its `stages` cut behind the last one that the weights fill.

    Args:
        name: `vgg16`, `inception_v3`, `resnet50` or a name of timm.
        weights: `hub` (torchvision's or timm's published weights), `none` (random), or a .safetensors, .pt or .pth file
            with the publisher's names.

    Raises:
        BackboneError: unknown name, a hub that cannot be reached, or a file that is damaged or does not fit.
        FileNotFoundError: no such file.
    """
    if weights == "none":
        return build_backbone(name)
    if weights == "hub":
        return _fetched(name)
    path = Path(weights)
    if not path.is_file():
        raise FileNotFoundError(f"The weights are {weights!r}. Choose hub, none or a file that exists.")
    if name not in (*HUB, "resnet50"):
        return from_timm(name, pretrained=True, pretrained_cfg_overlay={"file": str(path)})
    state = read_state(path)
    backbone = build_backbone(name, has_stem_norm=STEM_NORM in state)
    return load_stages(backbone, state, source=path.name)


def _fetched(name: str) -> Backbone:
    """Raises BackboneError where the hub cannot be reached."""
    try:
        return _from_hub(name)
    except OSError as error:
        if error.errno is not None and not isinstance(error, ConnectionError | TimeoutError):
            raise  # a full disk, a folder that cannot be written to
        raise BackboneError(
            f"The weights of {name} cannot be fetched from the hub. Name a file with --weights FILE, or choose "
            "--weights none."
        ) from error


def _from_hub(name: str) -> Backbone:
    if name in HUB:
        return load_stages(build_backbone(name), _published_state(name), source="the hub's file")
    if name == "resnet50":
        published = timm.create_model("resnetv2_50", pretrained=True).state_dict()
        return load_stages(build_backbone(name), published, source="the hub's file")
    return from_timm(name, pretrained=True)


def _published_state(name: str) -> State:
    """Raises BackboneError where the file that was fetched once is damaged."""
    weights = HUB[name]
    try:
        state: State = weights.get_state_dict(check_hash=True)
    except DAMAGE as error:
        kept = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
        raise BackboneError(f"{kept} is truncated or damaged. Delete it, and it is fetched again.") from error
    return state


def read_state(path: Path) -> State:
    """Tensors by name; half precision becomes float32."""
    try:
        if path.suffix == ".safetensors":
            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except DAMAGE as error:
        raise BackboneError(f"{path} is truncated, damaged or no file of weights. Put a whole one there.") from error
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}


def load_stages(backbone: Backbone, state: State, source: str) -> Backbone:
    """`backbone` with the tensors of `state`; stages behind the last that `state` fills are dropped.

    Tensors of `state` that belong to no stage, such as the 1,000-class head, are left aside.
    """
    kept = []
    for stage, names in _names_by_stage(backbone).items():
        missing = [name for name in names if name not in state and not name.endswith("num_batches_tracked")]
        if names and len(missing) == len([name for name in names if not name.endswith("num_batches_tracked")]):
            break
        if missing:
            raise BackboneError(f"{source} fills the stage {stage} in part: {missing[0]} is missing.")
        kept.append(stage)
    if not kept:
        raise BackboneError(f"{source} holds no weights of the stage {next(iter(backbone.stages))}.")
    wanted = {name for stage in kept for name in _names_by_stage(backbone)[stage]}
    try:
        backbone.module.load_state_dict({name: state[name] for name in wanted if name in state}, strict=False)
    except RuntimeError as error:
        raise BackboneError(f"{source} does not fit the backbone: {str(error).splitlines()[-1].strip()}") from error
    return backbone.until(kept[-1])


def _names_by_stage(backbone: Backbone) -> dict[str, list[str]]:
    """The names, in `backbone.module`, of each stage's parameters and buffers."""
    owner = {
        id(tensor): stage
        for stage, module in backbone.stages.items()
        for tensor in module.state_dict(keep_vars=True).values()
    }
    names: dict[str, list[str]] = {stage: [] for stage in backbone.stages}
    for name, tensor in backbone.module.state_dict(keep_vars=True).items():
        if id(tensor) in owner:
            names[owner[id(tensor)]].append(name)
    return names
