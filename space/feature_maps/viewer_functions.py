"""What the viewer in the page asks for, question by question; nothing of an image stays here between two of them."""

import base64
import functools
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fovea import FoveaError, Layer, SettingError, decode
from fovea.convolution import Convolutions
from space.feature_maps.examples import example
from space.feature_maps.kernels import connections, filters, sees_pixels, slices, source
from space.feature_maps.maps import pack
from space.feature_maps.naming import top_class
from space.feature_maps.networks import Network, Networks, fitted, pick, read_fitted
from space.feature_maps.slide import slide
from space.feature_maps.words import operation

MAX_QUESTION_CHARS = 1_000_000  # the pixels that a network sees take less than half as a PNG in base64

Question = dict[str, Any]
Payload = dict[str, Any]


class ViewerFunctions:
    """One method for each question, called by its name; each raises FoveaError where it has no payload."""

    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self._kernels = functools.cache(lambda network, layer: networks[network].open().kernels(layer))
        self._convolutions = functools.cache(lambda network: Convolutions(networks[network].header))

    def weights(self, network: str, layer: str) -> NDArray[np.float32]:
        """The kernels (O, I / groups, k, k) of a convolution."""
        found: NDArray[np.float32] | None = self._kernels(network, layer)
        if found is None:
            raise SettingError(f"The file of {network} holds no kernels of {layer}.")
        return found

    def sample(self, question: Question) -> Payload:
        """An example as each network sees it: "name"."""
        path = example(question.get("name"))
        return {"seen": fitted(self.networks, decode(path.read_bytes(), channels=3)), "example": path.stem}

    def layer(self, question: Question) -> Payload:
        """The maps of one layer: "network", "layer", "pixels"; "top" is the network's answer, or None."""
        network, asked = self._asked(question)
        outputs = network.open().run(read_fitted(network, question.get("pixels"))[np.newaxis])
        feature_maps = {one.output: outputs[one.output][0] for one in network.spec.layers}
        return pack(asked.output, feature_maps) | {"top": top_class(network.spec, feature_maps)}

    def kernels(self, question: Question) -> Payload:
        """All kernels of a layer that lies on the pixels: "network", "layer"."""
        _network, asked = self._asked(question)
        if not sees_pixels(asked):
            raise SettingError(f"{asked.output} does not lie on the pixels, so its kernels are not pictures.")
        return filters(self.weights(question["network"], asked.output))

    def kernel(self, question: Question) -> Payload:
        """The kernel behind one map: "network", "layer", "map"; "layer" of the payload holds it, or is None."""
        found = self._source(question)
        if found is None:
            return {"layer": None}
        owner, number = found
        weights = self.weights(question["network"], owner.output)
        head = _head(owner, number)
        if sees_pixels(owner) and weights.shape[1] == 3:
            return head | filters(weights[number : number + 1])
        if operation(owner) == "partial convolution":
            head["table"] = connections(weights)
        return head | slices(weights, max(1, owner.groups), number)

    def slide(self, question: Question) -> Payload:
        """The kernel behind one map on one of its channels: "network", "layer", "map", "pixels", and "channel" or None.

        "from" names the maps that the channel is one of; None where it is a colour of the pixels.
        """
        found = self._source(question)
        if found is None or found[0].kind != "convolution":
            raise SettingError("No kernel slides over an image here.")
        convolution, number = found
        name = question["network"]
        network, inside = pick(self.networks, name), self._convolutions(name)
        pixels = read_fitted(network, question.get("pixels"))
        outputs = network.open().run(pixels[np.newaxis])
        before = [network.spec.layer(each) for each in convolution.inputs]
        taken = outputs[before[0].output][0] if before else inside.rescaled(convolution.output, pixels)
        return {
            **_head(convolution, number),
            "from": before[0].title if before else None,
            **slide(
                convolution,
                self.weights(name, convolution.output),
                inside.bias(convolution.output),
                taken,
                outputs[convolution.output][0],
                number,
                question.get("channel"),
            ),
        }

    def archive(self, question: Question) -> Payload:
        """The maps of one layer as they are, float32, with the pixels: a NumPy archive in base64."""
        network, asked = self._asked(question)
        pixels = read_fitted(network, question.get("pixels"))
        file = io.BytesIO()
        np.savez_compressed(file, maps=network.open().run(pixels[np.newaxis])[asked.output][0], pixels=pixels)
        return {"npz": base64.b64encode(file.getvalue()).decode()}

    def _source(self, question: Question) -> tuple[Layer, int] | None:
        """The layer that holds the kernel behind the "map", and the number of its map; None where there is none."""
        network, asked = self._asked(question)
        index = question.get("map")
        if not isinstance(index, int) or not 0 <= index < asked.shape[0]:
            raise SettingError(f"The map is {index!r}. Choose 0 to {asked.shape[0] - 1} of {asked.output}.")
        return source(network.spec, asked, index)

    def _asked(self, question: Question) -> tuple[Network, Layer]:
        network = pick(self.networks, question.get("network"))
        return network, network.spec.layer(str(question.get("layer")))


def viewer_functions(networks: Networks) -> list[Callable[[Question], Payload]]:
    """The functions that the page calls by name. A question that cannot be answered gives {"error": a sentence}."""
    functions = ViewerFunctions(networks)
    methods = (
        functions.sample,
        functions.layer,
        functions.kernels,
        functions.kernel,
        functions.slide,
        functions.archive,
    )
    return [_in_words(method) for method in methods]


def _head(owner: Layer, number: int) -> Payload:
    return {"layer": owner.output, "title": owner.title, "map": number, "kind": owner.kind}


def _checked(question: Question) -> Question:
    """Raises SettingError for a question that the page would not ask: nested, or longer than a picture."""
    for key, value in question.items():
        if not isinstance(value, str | int | float | None):
            raise SettingError(f"The question's {key[:20]!r} is neither text nor a number.")
    if sum(len(text) for pair in question.items() for text in pair if isinstance(text, str)) > MAX_QUESTION_CHARS:
        raise SettingError(f"The question has more than {MAX_QUESTION_CHARS:,} characters. Ask about one image.")
    return question


def _in_words(function: Callable[[Question], Payload]) -> Callable[[Question], Payload]:
    """A refusal as part of the payload: Gradio would tell the page "Internal Server Error"."""

    @functools.wraps(function)
    def answered(question: Question) -> Payload:
        try:
            return function(_checked(question) if isinstance(question, dict) else {})
        except FoveaError as error:
            return {"error": str(error)}

    return answered
