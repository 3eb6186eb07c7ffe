"""Feature maps: what every layer of a network makes of an image, down to a single unit and the pixels it sees."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData
from numpy.typing import NDArray

from fovea import Layer
from space.about import about
from space.credits import credits_line
from space.decoding import read_upload
from space.endpoints import endpoint
from space.events import answer_when
from space.feature_maps.examples import FOLDER, example_of
from space.feature_maps.maps import as_maps, dead_maps
from space.feature_maps.networks import fitted_in_turn, networks_of, pick
from space.feature_maps.sheet import sheet
from space.feature_maps.viewer import viewer
from space.model_folder import ModelFolder
from space.photo import photo
from space.pictures import png
from space.sent_images import read_sent
from space.thumbnails import example_rows

# which network the viewer shows is known in the page alone
SHOWN = """(image) => [image,
  document.querySelector("#feature-maps-viewer .networks [aria-pressed=true]")?.dataset.network ?? ""]"""


def build(models: ModelFolder) -> None:
    """Fill the tab that is open in the current Blocks."""
    networks = networks_of(models)

    def see(image: bytes | None, shown: str) -> Iterator[str]:
        """The viewer's value for a photo: for the network that is shown, then for all; "" where there is no photo."""
        if image is None:
            yield ""
            return
        upright = read_upload(image, channels=3).image
        head = {"id": secrets.token_hex(8), "example": example_of(upright)}
        for seen in fitted_in_turn(networks, upright, shown):
            yield json.dumps(head | {"seen": seen})

    def unseen(reason: str) -> str:
        """The viewer's value where no network sees anything."""
        seen = {name: {"error": reason} for name in networks}
        return json.dumps({"id": secrets.token_hex(8), "example": None, "seen": seen})

    def feature_maps(image: FileData | str, network: str = "alexnet", layer: str = "act1") -> dict[str, Any]:
        """Show what one layer of a convolutional network makes of an image.

        Args:
            image: a PNG, JPEG, WebP, TIFF, HEIC, AVIF, BMP or GIF file. Send an uploaded file or its address, or a
                base64 data address ("data:image/png;base64,...").
            network: alexnet, vgg16, googlenet, lenet5 or lenet5_classic, where the app has it.
            layer: an output of the network, for AlexNet conv1, act1, norm1, pool1 and so on to pool5, for VGG16
                conv1_1, act1_1, conv1_2, act1_2, pool1 and so on to pool5.

        Returns:
            "picture", all maps as one PNG data address, each on its own colour scale; "shape"; "mean" and "max" of each
            map; "dead", how many maps are nowhere above 0; parameters, multiply-adds and receptive field of the layer.
        """
        picked = pick(networks, network)
        asked = picked.spec.layer(layer)
        shown = read_upload(read_sent(image), picked.spec.channels)
        activation = picked.open().feature_maps(shown).feature_maps[layer]
        return report(asked, activation)

    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            field = photo("feature-maps-photo")
            example_rows(FOLDER, field)
        with gr.Column(scale=5, min_width=340):
            view = viewer(networks, "feature-maps-viewer")
    for network in networks.values():
        about(network.header, network.spec.title)
    gr.HTML(credits_line(FOLDER, "Examples, the photos made smaller."))
    shown = gr.Textbox(visible=False)
    answer_when(field.change, see, [field, shown], [view], unseen, js=SHOWN, show_progress="hidden")
    endpoint(feature_maps, "feature_maps")


def report(layer: Layer, activation: NDArray[np.float32]) -> dict[str, Any]:
    """One layer in numbers and one picture; the answer of the endpoint."""
    maps = as_maps(activation)
    seen = layer.receptive_field
    return {
        "layer": layer.title,
        "shape": list(layer.shape),
        "parameters": layer.parameters,
        "multiply_adds": layer.multiply_adds,
        "receptive_field_px": seen.size_px if seen else None,
        "dead": dead_maps(maps),
        "mean": [round(float(x), 4) for x in maps.mean(axis=(1, 2))],
        "max": [round(float(x), 4) for x in maps.max(axis=(1, 2))],
        "picture": png(sheet(activation)),
    }
