"""Expected answers: a few inputs in the model file, and what its exporter had onnxruntime say of them, node by node.

A processor, a provider or a version that computes otherwise is found before it answers anybody.
"""

import base64
import binascii
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from fovea.errors import ModelFileError, UnexpectedAnswersError

KEY = "expected"
PIXELS = "pixels"
SCORES = ("ood_score", "other_finding")
TOLERANCE = 0.02
HEATMAP_TOLERANCE = 0.1  # of a map that is stretched to 0..1, in the mean: a small difference moves its faint parts

Outputs = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Difference:
    """How far the output `name` is from what is expected, and how far it may be."""

    name: str
    value: float
    allowed: float

    @property
    def is_too_large(self) -> bool:
        return not self.value <= self.allowed  # so written, NaN is too large


@dataclass(frozen=True)
class ExpectedAnswers:
    """`pixels` uint8 (N, H, W, C) as the network takes them, and what `condensed` leaves of the outputs for them."""

    pixels: NDArray[np.uint8]
    answers: Outputs

    def to_text(self) -> str:
        """For the metadata of the file: NumPy's .npz in base64."""
        file = io.BytesIO()
        arrays: dict[str, Any] = {PIXELS: self.pixels, **self.answers}
        np.savez_compressed(file, **arrays)
        return base64.b64encode(file.getvalue()).decode()

    @classmethod
    def from_text(cls, text: str) -> "ExpectedAnswers":
        """Raises ModelFileError where it is not what `to_text` wrote."""
        try:
            with np.load(io.BytesIO(base64.b64decode(text, validate=True)), allow_pickle=False) as arrays:
                answers = {name: arrays[name] for name in arrays.files if name != PIXELS}
                return cls(arrays[PIXELS], answers)
        except (binascii.Error, BadZipFile, KeyError, ValueError, EOFError, TypeError, AttributeError) as error:
            raise ModelFileError("The expected answers in the model file cannot be read. Export it again.") from error

    def check_fits(self, shape: tuple[int, ...]) -> None:
        """Raises ModelFileError where the pixels are none of inputs of `shape` (H, W, C)."""
        if self.pixels.dtype != np.uint8 or self.pixels.shape[1:] != shape or not len(self.pixels):
            raise ModelFileError(
                f"The expected answers are for pixels {self.pixels.dtype} of shape {self.pixels.shape}. The model "
                f"takes uint8 of shape {('N', *shape)}. Export it again."
            )

    def differences(self, run: Callable[[NDArray[np.uint8]], Outputs]) -> tuple[Difference, ...]:
        """Between the stored answers and those of `run`, which takes pixels and gives every output."""
        return tuple(differences(condensed(run(self.pixels)), self.answers))


def check_differences(found: Iterable[Difference], what: str) -> None:
    """Raises UnexpectedAnswersError where one is too large; `what` answered is named in its message."""
    wrong = [each for each in found if each.is_too_large]
    if wrong:
        worst = ", ".join(f"{each.name} differs by {each.value:.3g} (at most {each.allowed:g})" for each in wrong[:3])
        raise UnexpectedAnswersError(
            f"{what} does not give the answers that the file expects: {worst}. Do not use its answers."
        )


def condensed(outputs: Outputs) -> dict[str, NDArray[np.float32]]:
    """What is stored of the outputs for N inputs.

    Probabilities and scores of each; of the first input the heatmaps, and of each layer the mean of every map (C,).
    """
    names = [name for name in ("probabilities", *SCORES) if name in outputs]
    kept = {name: outputs[name] for name in names}
    if "heatmaps" in outputs:
        kept["heatmaps"] = outputs["heatmaps"][0]
    else:
        layers = {name: values[0] for name, values in outputs.items() if name not in names}
        kept |= {name: values.reshape(len(values), -1).mean(axis=1) for name, values in layers.items()}
    return kept


def differences(actual: Outputs, expected: Outputs) -> Iterator[Difference]:
    """One for each expected output: the largest difference, for heatmaps that of a map's mean.

    Probabilities and heatmaps as they are, a score in shares of itself above 1, a layer in shares of its largest value.
    """
    for name, right in expected.items():
        found = actual.get(name)
        if found is None or found.shape != right.shape:
            yield Difference(name, float("nan"), TOLERANCE)
            continue
        apart = np.abs(found - right)
        if name == "heatmaps":
            yield Difference(name, float(apart.mean(axis=(-2, -1)).max()), HEATMAP_TOLERANCE)
            continue
        largest = float(np.abs(right).max())
        scale = 1.0 if name == "probabilities" else max(largest, 1.0 if name in SCORES else 1e-12)
        yield Difference(name, float(apart.max()) / scale, TOLERANCE)
