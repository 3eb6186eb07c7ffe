"""The kernels behind a map: those of its own convolution, or of the one whose maps it was made of.

A unit that measures a distance has what it measures to in their place.
"""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fovea import Layer, ModelSpec

OWN = ("convolution", "distance")  # layers with kernels of their own
STRONGEST = 16  # slices of a deep kernel that are shown


def source(spec: ModelSpec, layer: Layer, index: int) -> tuple[Layer, int] | None:
    """The layer with kernels, and the number of its map, that map `index` of `layer` stems from; None without one.

    Norms, activations and poolings keep a map's number; a concatenation lays its branches one after another.
    """
    while layer.kind not in OWN:
        if not layer.inputs or layer.kind == "dense":
            return None
        before = [spec.layer(name) for name in layer.inputs]
        layer = before[0]
        for branch in before[1:]:
            if index < layer.shape[0]:
                break
            index -= layer.shape[0]
            layer = branch
    return layer, index


def same_maps_before(spec: ModelSpec, layer: Layer) -> str | None:
    """The layer whose maps `layer` changes one by one, keeping their numbers; None where it mixes them."""
    if layer.kind not in ("norm", "activation", "pooling") or len(layer.shape) != 3 or len(layer.inputs) != 1:
        return None
    before = spec.layer(layer.inputs[0])
    return before.output if before.shape[0] == layer.shape[0] else None


def sees_pixels(layer: Layer) -> bool:
    """Whether the layer's kernels lie on the image itself, so that they can be shown as pictures."""
    return layer.kind == "convolution" and not layer.inputs


def filters(weights: NDArray[np.float32]) -> dict[str, Any]:
    """All kernels (O, C, k, k) that lie on the pixels, for the page.

    "pixels" is base64 of bytes (O, k, k, C): 128 stands for 0, and the largest weight of each kernel for 1 or 255.
    """
    largest = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    levels = np.rint(weights / np.where(largest > 0, largest, 1) * 127 + 128).astype(np.uint8)
    pictures = levels.transpose(0, 2, 3, 1)
    return {"shape": pictures.shape, "pixels": _base64(pictures), "largest": [float(f"{x:.4g}") for x in largest.flat]}


def by_strength(weights: NDArray[np.float32], groups: int, index: int) -> list[int]:
    """The maps that kernel `index` of (O, I / groups, k, k) lies on, those of its strongest slices first.

    A slice of zeros lies on none.
    """
    norms = strengths(weights[index])
    order = np.argsort(-norms, kind="stable")[: np.count_nonzero(norms)]
    first = first_map(weights, groups, index)
    return [first + int(channel) for channel in order]


def first_map(weights: NDArray[np.float32], groups: int, index: int) -> int:
    """The first map that kernel `index` lies on: a group sees its own share of the maps."""
    return index // (len(weights) // groups) * int(weights.shape[1])


def strengths(kernel: NDArray[np.float32]) -> NDArray[np.float64]:
    """The L2 norm (I,) of each slice of a kernel (I, k, k)."""
    norms: NDArray[np.float64] = np.sqrt((kernel.astype(np.float64) ** 2).sum(axis=(1, 2)))
    return norms


def slices(weights: NDArray[np.float32], groups: int, index: int) -> dict[str, Any]:
    """The strongest slices of kernel `index` of (O, I / groups, k, k), strongest first, for the page; none of zeros.

    "inputs" are the numbers of the maps that they lie on, "strengths" their L2 norms, "pixels" bytes (n, k, k) as in
    `filters`, all on one scale.
    """
    kernel = weights[index]
    inputs = by_strength(weights, groups, index)[:STRONGEST]
    order = [number - first_map(weights, groups, index) for number in inputs]
    largest = float(np.abs(kernel).max()) or 1.0
    levels = np.rint(kernel[order] / largest * 127 + 128).astype(np.uint8)
    norms = strengths(kernel)
    return {
        "inputs": inputs,
        "of": kernel.shape[0],
        "shape": levels.shape,
        "pixels": _base64(levels),
        "strengths": [float(f"{norms[channel]:.4g}") for channel in order],
        "largest": float(f"{largest:.4g}"),
    }


def connections(weights: NDArray[np.float32]) -> list[list[int]]:
    """Which of the maps before it each map of (O, I, k, k) sees."""
    return [[int(channel) for channel in np.flatnonzero(kernel.any(axis=(1, 2)))] for kernel in weights]


def _base64(levels: NDArray[np.uint8]) -> str:
    return base64.b64encode(np.ascontiguousarray(levels).tobytes()).decode()
