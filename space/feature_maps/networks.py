"""The networks whose layers can be seen, and an image as each of them sees it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import FoveaError, Layer, Model, ModelHeader, ModelSpec, SettingError, fit_image
from fovea.listing import either
from space.decoding import read_upload
from space.feature_maps.kernels import same_maps_before
from space.feature_maps.words import operation
from space.model_folder import ModelFolder
from space.pictures import png, read_address

FILES = {
    "alexnet": "features_alexnet",
    "vgg16": "features_vgg16",
    "googlenet": "features_googlenet",
    "lenet5": "features_lenet5",
    "lenet5_classic": "features_lenet5_classic",
}
PREFIX = "features_"
DEFAULT_EXAMPLE = "china"
EXAMPLES = {"lenet5": "seven", "lenet5_classic": "seven", "googlenet": "flower"}

Seen = dict[str, str]


class Specified(Protocol):
    """A network whose input is known, opened or not."""

    @property
    def spec(self) -> ModelSpec: ...


@dataclass(frozen=True)
class Network:
    """What a network's file says of itself; `open` opens it, the first time that a layer is asked for.

    It raises UnexpectedAnswersError where the model does not answer on this machine as its file promises.
    """

    header: ModelHeader
    open: Callable[[], Model]

    @property
    def spec(self) -> ModelSpec:
        return self.header.spec


Networks = Mapping[str, Network]


def networks_of(models: ModelFolder) -> Networks:
    """Those at hand, by name: ours, then those of runs on photos of one's own. Raises ModelFileError without any."""
    own = sorted(path.stem for path in models.folder.glob(f"{PREFIX}*.onnx") if path.stem not in FILES.values())
    named = FILES | {file.removeprefix(PREFIX): file for file in own}
    there = {name: file for name, file in named.items() if models.path(file).is_file()}
    return {
        name: Network(models.header(file), partial(models.trusted, file))
        for name, file in (there or {"alexnet": FILES["alexnet"]}).items()
    }


def pick(networks: Networks, name: object) -> Network:
    """Raises SettingError for a network that is not here."""
    if not isinstance(name, str) or name not in networks:
        raise SettingError(f"The network is {name!r}. Choose {either(networks)}.")
    return networks[name]


def fitted(networks: Mapping[str, Specified], upright: Image.Image) -> dict[str, Seen]:
    """What each network sees of a decoded image: {"address": a PNG data address}, or {"error": why nothing}."""
    return {name: _seen(network, upright) for name, network in networks.items()}


def fitted_in_turn(networks: Mapping[str, Specified], upright: Image.Image, shown: str) -> Iterator[dict[str, Seen]]:
    """`fitted` of the network `shown` alone, then of all: LeNet-5's search for ink in a phone photo keeps none waiting.

    Where `shown` is no network here, of all at once.
    """
    first = {name: _seen(network, upright) for name, network in networks.items() if name == shown}
    if first:
        yield first
    if len(first) < len(networks):
        yield first | fitted({name: network for name, network in networks.items() if name not in first}, upright)


def _seen(network: Specified, upright: Image.Image) -> Seen:
    try:
        pixels = fit_image(upright, network.spec)
    except FoveaError as error:  # a photo without ink is nothing for LeNet-5, and all right for the others
        return {"error": str(error)}
    return {"address": png(pixels)}


def read_fitted(network: Specified, address: object) -> NDArray[np.uint8]:
    """The pixels (H, W, C) of an address that `fitted` made. Raises ImageError or SettingError for any other."""
    spec = network.spec
    picture: Image.Image = read_upload(read_address(address), spec.channels).image
    if picture.size != (spec.width, spec.height):
        raise SettingError(
            f"The picture is {picture.width} x {picture.height}. {spec.title} sees {spec.width} x {spec.height}."
        )
    return np.asarray(picture).reshape(spec.height, spec.width, spec.channels)


def described(networks: Networks) -> list[dict[str, Any]]:
    """What the page needs to know of each network before it has seen an image."""
    return [
        {
            "id": name,
            "title": network.spec.title.partition(",")[0],  # "GoogLeNet, 0.5 of its width" is for the panel below
            "width": network.spec.width,
            "height": network.spec.height,
            "channels": network.spec.channels,
            "example": EXAMPLES.get(name, DEFAULT_EXAMPLE),
            "classes": network.spec.classes,
            "layers": [
                _described(layer) | {"before": same_maps_before(network.spec, layer)} for layer in network.spec.layers
            ],
        }
        for name, network in networks.items()
    ]


def _described(layer: Layer) -> dict[str, Any]:
    field = layer.receptive_field
    return {
        "id": layer.output,
        "title": layer.title,
        "stage": layer.stage,
        "kind": layer.kind,
        "operation": operation(layer),
        "shape": layer.shape,
        "parameters": layer.parameters,
        "multiplyAdds": layer.multiply_adds,
        "window": [layer.kernel_size, layer.stride, layer.padding, layer.groups],
        "field": [field.size_px, field.jump_px, field.start_px] if field else None,
    }
