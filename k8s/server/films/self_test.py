"""The first film a server answers is one it draws itself; only then it calls itself ready."""

import numpy as np
from numpy.typing import NDArray

from fovea import ModelFileError, ModelSpec
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


def check_answers(backend: Backend, spec: ModelSpec) -> NDArray[np.uint8]:
    """Run the drawn film and give it. Raises ModelFileError where the answer is none of a chest X-ray model."""
    if spec.task != TASK:
        raise ModelFileError(f"The model's task is {spec.task}. The endpoint needs {TASK}.")
    pixels = drawn_film(spec)
    outputs = backend.run(pixels)
    missing = [name for name in NEEDED if name not in outputs]
    if missing:
        raise ModelFileError(f"The model has no output {', '.join(missing)}. The endpoint needs {', '.join(NEEDED)}.")
    probabilities = outputs["probabilities"]
    is_sound = (
        probabilities.shape == (1, len(spec.classes))
        and all(bool(np.isfinite(values).all()) for values in outputs.values())
        and abs(float(probabilities.sum()) - 1) < 1e-3
    )
    if not is_sound:
        raise ModelFileError("The model's answer to the self-test film is not a probability for each class.")
    return pixels
