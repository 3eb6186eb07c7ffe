"""Does a model file keep what its spec promises, on this machine? What onnxruntime alone can tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from fovea.errors import ModelFileError, RevisionError
from fovea.expected import SCORES, TOLERANCE, differences
from fovea.session import ORT_ERRORS, Model, load
from fovea.spec import ModelSpec

SUM_TOLERANCE = 1e-3

Outputs = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `failure` is a sentence, or None where the check passed."""

    name: str
    failure: str | None = None


def check_model(path: Path, threads: int | None = None, provider: str | None = None) -> Iterator[Check]:
    """Check the file at `path`, one `Check` after the other; it stops where a failure makes the rest meaningless.

    Raises SettingError where `threads` is under 1, or onnxruntime has no such `provider`.
    """
    try:
        model = load(path, threads=threads, providers=None if provider is None else [provider])
    except RevisionError as error:
        yield Check("opens, and its spec can be read")
        yield Check("revision is that of the weights", str(error))
        return
    except ModelFileError as error:
        yield Check("opens, and its spec can be read", str(error))
        return
    yield Check("opens, and its spec can be read")
    yield Check("revision is that of the weights")
    if provider is not None:
        yield Check(f"computes with {provider}", _provider_failure(model, provider))
    if model.card:
        yield Check("card names the revision", _card_failure(model))
    input_failure = _input_failure(model)
    yield Check("input is as the spec says", input_failure)
    if input_failure:
        return
    pixels = example_pixels(model.spec)
    try:
        outputs = model.run(pixels)
    except ORT_ERRORS as error:
        yield Check("runs on a batch of images", f"onnxruntime says: {str(error).splitlines()[0]}")
        return
    yield Check("runs on a batch of images")
    shape_failure = _shape_failure(outputs, model.spec, len(pixels))
    yield Check("outputs have the shapes that the spec promises", shape_failure)
    if shape_failure:
        return
    value_failure = _value_failure(outputs)
    yield Check("values are finite, and probabilities sum to 1", value_failure)
    if not value_failure:
        plain = load(path, threads=threads, optimize=False).run(pixels)
        yield Check("answers are the same without onnxruntime's optimizations", _optimization_failure(outputs, plain))
        yield from _expected_answers(model)


def example_pixels(spec: ModelSpec) -> NDArray[np.uint8]:
    """Two images of the size that the network takes, uint8 (2, H, W, C): a ramp from black to white, and noise."""
    shape = (spec.height, spec.width, spec.channels)
    ramp = np.broadcast_to(np.linspace(0, 255, spec.width)[:, np.newaxis], shape)
    noise = np.random.default_rng(0).integers(0, 256, shape)
    return np.stack([ramp, noise]).astype(np.uint8)


def _provider_failure(model: Model, provider: str) -> str | None:
    """onnxruntime falls back to the CPU where a provider's libraries or its device are missing."""
    if model.providers[0] == provider:
        return None
    return f"onnxruntime computes with {model.providers[0]} instead. Its log says what {provider} lacks."


def _card_failure(model: Model) -> str | None:
    if names_revision(model):
        return None
    return f"{model.path.with_suffix('.md')} does not name the file's revision {model.revision[:16]}."


def names_revision(model: Model) -> bool:
    """Whether the card beside the file is about its weights."""
    return model.revision[:16] in model.card


def _input_failure(model: Model) -> str | None:
    spec = model.spec
    expected = [("pixels", "tensor(uint8)", [spec.height, spec.width, spec.channels])]
    actual = [(each.name, each.type, list(each.shape[1:])) for each in model.session.get_inputs()]
    return None if actual == expected else f"The input is {actual} and the spec asks for {expected}."


def _shape_failure(outputs: Outputs, spec: ModelSpec, n: int) -> str | None:
    expected: dict[str, tuple[int, ...]] = {layer.output: (n, *layer.shape) for layer in spec.layers}
    if "probabilities" in outputs or not spec.layers:
        expected |= {"probabilities": (n, len(spec.classes))}
    expected |= {name: (n,) for name in SCORES if name in outputs}
    if "heatmaps" in outputs:
        expected |= {"heatmaps": (n, len(spec.classes), *outputs["heatmaps"].shape[2:4])}
    for name, shape in expected.items():
        actual = outputs[name].shape if name in outputs else None
        if actual != shape:
            return f"The output {name} has shape {actual} for {n} images and the spec promises {shape}."
    return None


def _value_failure(outputs: Outputs) -> str | None:
    for name, values in outputs.items():
        if not np.isfinite(values).all():
            return f"The output {name} holds values that are not finite numbers."
    if "probabilities" in outputs:
        sums = outputs["probabilities"].sum(axis=1)
        if np.abs(sums - 1).max() > SUM_TOLERANCE:
            return f"The probabilities sum to {', '.join(f'{total:.4f}' for total in sums)} instead of 1."
    return None


def _optimization_failure(outputs: Outputs, plain: Outputs) -> str | None:
    """What the decision rests on is compared; where there is none, each layer."""
    names = [name for name in outputs if name in ("probabilities", *SCORES)] or list(outputs)
    for found in differences(outputs, {name: plain[name] for name in names}):
        if found.is_too_large:
            return (
                f"The output {found.name} differs by {found.value:.3f} with and without onnxruntime "
                f"{ort.__version__}'s optimizations. The limit is {TOLERANCE}."
            )
    return None


def _expected_answers(model: Model) -> Iterator[Check]:
    """A line for each output of a classifier, and one for the layer that is furthest apart."""
    try:
        found = model.differences()
    except ModelFileError as error:
        yield Check("expected answers can be read", str(error))
        return
    answers = [each for each in found if each.name in ("probabilities", *SCORES, "heatmaps")]
    layers = [each for each in found if each not in answers]
    worst = sorted(layers, key=lambda each: (each.is_too_large, each.value))[-1:]
    for each in answers + worst:
        name = f"{each.name} against the expected answers: {each.value:.2g} apart, at most {each.allowed:g}"
        yield Check(name, "This machine answers otherwise than the exporter's." if each.is_too_large else None)
