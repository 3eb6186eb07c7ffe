"""The expected answers of a model file: which inputs to store, and what they should give."""

import numpy as np
import onnx
from numpy.typing import NDArray

from export.model_file import copied, opened
from fovea import Model, ModelFileError, ModelSpec
from fovea.expected import KEY, TOLERANCE, ExpectedAnswers, condensed

DRAWN, UNSURE, STORED = 48, 12, 3
SEED = 0
EXPONENTS = (1.0, 1.6)  # of the frequency: photographs lie in between (Field 1987)
MEANS, DEVIATIONS = (80, 170), (30, 70)  # in grey levels of 256
STEP = 16  # between grey levels: finer ones make the file larger and tell no more


def with_expected_answers(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model with a few drawn inputs and its answers to them, computed node by node, without optimizations.

    Raises ModelFileError where the optimizations of this machine move its answers.
    """
    plain, fast = (opened(proto, optimize=optimize) for optimize in (False, True))
    pixels = _telling(plain, fast)
    expected = ExpectedAnswers(pixels, condensed(plain.run(pixels)))
    for found in expected.differences(fast.run):
        if found.is_too_large:
            raise ModelFileError(
                f"The output {found.name} differs by {found.value:.3g} with and without onnxruntime's optimizations on "
                f"drawn images. At most {TOLERANCE:g} is allowed."
            )
    result = copied(proto)
    kept = {entry.key: entry.value for entry in result.metadata_props}
    onnx.helper.set_model_props(result, kept | {KEY: expected.to_text()})
    return result


def _telling(plain: Model, fast: Model) -> NDArray[np.uint8]:
    """The drawn inputs to store.

    Of many, those for which a classifier is least sure: their answers move first where a processor computes otherwise.
    Of these, those that move least where it is only the order of the sums that differs.
    """
    if not plain.spec.classes or "probabilities" not in plain.outputs:
        return drawn(plain.spec, 1)
    pixels = drawn(plain.spec, DRAWN)

    def probabilities(model: Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.concatenate([model.run(image[np.newaxis])["probabilities"] for image in images])

    answers = probabilities(plain, pixels)
    unsure = np.argsort(answers.max(axis=1), kind="stable")[:UNSURE]
    moved = np.abs(probabilities(fast, pixels[unsure]) - answers[unsure]).max(axis=1)
    return pixels[unsure[np.argsort(moved, kind="stable")[:STORED]]]


def drawn(spec: ModelSpec, n: int) -> NDArray[np.uint8]:
    """Clouds of colour with the spectrum of photographs, uint8 (n, H, W, C), the same each time."""
    random = np.random.default_rng(SEED)
    height, width, channels = spec.height, spec.width, spec.channels
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width))
    frequency[0, 0] = 1 / max(height, width)
    images = np.empty((n, height, width, channels), np.uint8)
    for image in images:
        waves = random.normal(size=(2, channels, *frequency.shape)) / frequency ** random.uniform(*EXPONENTS)
        field = np.fft.irfft2(waves[0] + 1j * waves[1], s=(height, width))
        mixed = np.tensordot(np.eye(channels) + random.normal(0.5, 0.3, (channels, channels)), field, axes=1)
        standard = (mixed - mixed.mean()) / mixed.std()
        grey = random.uniform(*MEANS) + random.uniform(*DEVIATIONS) * standard
        image[:] = np.clip(grey, 0, 255).astype(np.uint8).transpose(1, 2, 0) // STEP * STEP
    return images
