"""One kernel slid over one of the maps that it sees, with every number that a unit is the sum of."""

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fovea import Layer, SettingError
from space.feature_maps.kernels import STRONGEST, by_strength, first_map
from space.feature_maps.maps import FAST


def slide(
    convolution: Layer,
    weights: NDArray[np.float32],
    bias: NDArray[np.float32] | None,
    taken: NDArray[np.float32],
    made: NDArray[np.float32],
    number: int,
    channel: object = None,
) -> dict[str, Any]:
    """What the page needs to show how map `number` of `convolution` is made, on one of its channels.

    `weights` (O, I / groups, k, k) and `bias` (O,) are the layer's, `taken` (I, H, W) is what it takes in and `made`
    (O, H, W) what it makes of that. "input" and "output" are the channel and the map, base64 of deflated float32.
    Without a `channel` it is that of the kernel's strongest slice. Raises SettingError for one that it does not see.
    """
    lowest = first_map(weights, convolution.groups, number)
    order = by_strength(weights, convolution.groups, number) or [lowest]  # a kernel of zeros is shown on one map too
    shown = order[0] if channel is None else channel
    if not isinstance(shown, int) or shown not in order:
        raise SettingError(f"The channel is {shown!r}. Map {number} is made of {min(order)} to {max(order)}.")
    kernel = weights[number, shown - lowest]
    listed = order[:STRONGEST]
    return {
        "channel": shown,
        "channels": listed if shown in listed else [*listed, shown],
        "of": len(order),
        "weights": kernel.tolist(),
        "bias": None if bias is None else float(bias[number]),
        "input": _packed(taken[shown]),
        "inputShape": taken.shape[1:],
        "output": _packed(made[number]),
        "outputShape": made.shape[1:],
        "stride": convolution.stride,
        "padding": convolution.padding,
    }


def _packed(values: NDArray[np.float32]) -> str:
    content = np.ascontiguousarray(values, dtype="<f4").tobytes()
    return base64.b64encode(zlib.compress(content, FAST)).decode()
