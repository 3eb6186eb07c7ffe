"""Before a server calls itself ready it answers what the model file expects, or a film that it draws itself."""

import numpy as np
from numpy.typing import NDArray

from fovea import Model, ModelFileError, ModelSpec
from fovea.expected import check_differences
from k8s.server.oip.backend import Backend

TASK = "chest_xray"
NEEDED = ("probabilities", "heatmaps", "ood_score")


def drawn_film(spec: ModelSpec) -> NDArray[np.uint8]:
    """Two dark lungs in a light chest, ribs across: uint8 (1, H, W, C) as the network takes it."""
    y, x = np.mgrid[-1 : 1 : spec.height * 1j, -1 : 1 : spec.width * 1j]
    lungs = ((np.abs(x) - 0.4) / 0.28) ** 2 + (y / 0.7) ** 2 < 1
    ribs = 20 * np.sin(y * 30 + np.abs(x) * 4)
    grey = np.where(lungs, 70.0, 190.0) + ribs
    return np.broadcast_to(grey.astype(np.uint8)[None, :, :, None], (1, *y.shape, spec.channels)).copy()


def check_answers(model: Model) -> NDArray[np.uint8]:
    """Run the stored inputs, or the drawn film, and give them.

    Raises:
        ModelFileError: the answer is none of a chest X-ray model.
        UnexpectedAnswersError: it is none that the file expects.
    """
    spec = model.spec
    if spec.task != TASK:
        raise ModelFileError(f"The model's task is {spec.task}. The endpoint needs {TASK}.")
    pixels = drawn_film(spec) if model.expected is None else model.expected.pixels
    outputs = model.run(pixels)
    missing = [name for name in NEEDED if name not in outputs]
    if missing:
        raise ModelFileError(f"The model has no output {', '.join(missing)}. The endpoint needs {', '.join(NEEDED)}.")
    probabilities = outputs["probabilities"]
    is_sound = (
        probabilities.shape == (len(pixels), len(spec.classes))
        and all(bool(np.isfinite(values).all()) for values in outputs.values())
        and bool((np.abs(probabilities.sum(axis=1) - 1) < 1e-3).all())
    )
    if not is_sound:
        raise ModelFileError("The model's answer to the self-test film is not a probability for each class.")
    model.check_answers(outputs)
    return pixels


def check_backend(backend: Backend, model: Model) -> None:
    """Raises UnexpectedAnswersError where another server does not give the answers that the file expects."""
    if model.expected is not None:
        check_differences(model.expected.differences(backend.run), "The inference server")
