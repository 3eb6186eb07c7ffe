"""The networks whose layers can be seen, and an image as each of them sees it."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import FoveaError, Layer, Model, SettingError
from fovea.listing import either
from space.decoding import read_upload
from space.feature_maps.words import operation
from space.model_folder import ModelFolder
from space.pictures import png, read_address

FILES = {"alexnet": "features_alexnet", "lenet5": "features_lenet5", "googlenet": "features_googlenet"}
DEFAULT_EXAMPLES = {"alexnet": "china", "lenet5": "seven", "googlenet": "flower"}

Seen = dict[str, str]


def open_networks(models: ModelFolder) -> dict[str, Model]:
    """The models at hand by the network's name. Raises ModelFileError where AlexNet's is missing."""
    found = {name: models.find(file) for name, file in FILES.items()}
    return {name: model for name, model in found.items() if model} or {"alexnet": models.get(FILES["alexnet"])}


def pick(networks: Mapping[str, Model], name: object) -> Model:
    """Raises SettingError for a network that is not here."""
    if not isinstance(name, str) or name not in networks:
        raise SettingError(f"The network is {name!r}. Choose {either(networks)}.")
    return networks[name]


def fitted(networks: Mapping[str, Model], upright: Image.Image) -> dict[str, Seen]:
    """What each network sees of a decoded image: {"address": a PNG data address}, or {"error": why nothing}."""
    return {name: _seen(model, upright) for name, model in networks.items()}


def fitted_in_turn(networks: Mapping[str, Model], upright: Image.Image, shown: str) -> Iterator[dict[str, Seen]]:
    """`fitted` of the network `shown` alone, then of all: LeNet-5's search for ink in a phone photo keeps none waiting.

    Where `shown` is no network here, of all at once.
    """
    first = {name: _seen(model, upright) for name, model in networks.items() if name == shown}
    if first:
        yield first
    if len(first) < len(networks):
        yield first | fitted({name: model for name, model in networks.items() if name not in first}, upright)


def _seen(model: Model, upright: Image.Image) -> Seen:
    try:
        pixels = model.pixels(upright)
    except FoveaError as error:  # a photo without ink is nothing for LeNet-5, and all right for the others
        return {"error": str(error)}
    return {"address": png(pixels)}


def read_fitted(model: Model, address: object) -> NDArray[np.uint8]:
    """The pixels (H, W, C) of an address that `fitted` made. Raises ImageError or SettingError for any other."""
    spec = model.spec
    picture: Image.Image = read_upload(read_address(address), spec.channels).image
    if picture.size != (spec.width, spec.height):
        raise SettingError(
            f"The picture is {picture.width} x {picture.height}. {spec.title} sees {spec.width} x {spec.height}."
        )
    return np.asarray(picture).reshape(spec.height, spec.width, spec.channels)


def described(networks: Mapping[str, Model]) -> list[dict[str, Any]]:
    """What the page needs to know of each network before it has seen an image."""
    return [
        {
            "id": name,
            "title": model.spec.title.partition(",")[0],  # "GoogLeNet, 0.5 of its width" is for the panel below
            "width": model.spec.width,
            "height": model.spec.height,
            "channels": model.spec.channels,
            "example": DEFAULT_EXAMPLES[name],
            "classes": model.spec.classes,
            "layers": [_described(layer) for layer in model.spec.layers],
        }
        for name, model in networks.items()
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
