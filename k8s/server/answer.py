"""What the endpoint says of a film: probabilities, and a decision or the reasons for none."""

import base64
import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import Model, ModelSpec
from fovea.dicom import Instance
from k8s.server.backend import Outputs
from k8s.server.film import ReadFilm

ABSTAIN = "abstain"
NOTICE = "For research and teaching. Not a medical device: no decision on a patient may rest on it."


class Reason(StrEnum):
    """Why there is no decision."""

    UNSURE = "unsure"
    UNLIKE_TRAINING_FILMS = "unlike_training_films"


@dataclass(frozen=True)
class Finding:
    """One film's outputs, the batch axis removed. `decision` is a class or ABSTAIN."""

    probabilities: NDArray[np.float32]
    ood_score: float
    heatmaps: NDArray[np.float32]
    predicted: str
    decision: str
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, outputs: Outputs, spec: ModelSpec) -> "Finding":
        probabilities, score = outputs["probabilities"][0], float(outputs["ood_score"][0])
        best = int(probabilities.argmax())
        reasons = []
        if spec.abstain_below is not None and probabilities[best] < spec.abstain_below:
            reasons.append(Reason.UNSURE)
        if score > 1:
            reasons.append(Reason.UNLIKE_TRAINING_FILMS)
        decision = ABSTAIN if reasons else spec.classes[best]
        return cls(probabilities, score, outputs["heatmaps"][0], spec.classes[best], decision, tuple(reasons))


def answer_of(finding: Finding, film: ReadFilm, model: Model) -> dict[str, Any]:
    """The JSON members that depend on the film and the model alone: a repeat gives the same."""
    spec = model.spec
    members: dict[str, Any] = {
        "model": {"name": spec.task, "revision": model.revision},
        "decision": finding.decision,
        "reasons": list(finding.reasons),
        "probabilities": {
            name: round(float(value), 6) for name, value in zip(spec.classes, finding.probabilities, strict=True)
        },
        "ood_score": round(finding.ood_score, 6),
        "thresholds": {"abstain_below": spec.abstain_below, "ood_score_above": 1.0},
        "dicom": None if film.instance is None else _identifiers(film.instance),
        "unsaid": list(film.unsaid),
        "notice": NOTICE,
    }
    return members


def _identifiers(instance: Instance) -> dict[str, str]:
    return {
        "study_instance_uid": instance.study_instance_uid,
        "series_instance_uid": instance.series_instance_uid,
        "sop_instance_uid": instance.sop_instance_uid,
        "sop_class_uid": instance.sop_class_uid,
    }


def heatmaps_as_png(finding: Finding, spec: ModelSpec) -> dict[str, str]:
    """A data URI for each class: grey, 255 where the class's Grad-CAM is highest, to be stretched over the film."""
    return {name: _png(heat, spec) for name, heat in zip(spec.classes, finding.heatmaps, strict=True)}


def _png(heat: NDArray[np.float32], spec: ModelSpec) -> str:
    small = Image.fromarray(np.rint(np.clip(heat, 0, 1) * 255).astype(np.uint8))
    file = io.BytesIO()
    small.resize((spec.width, spec.height), Image.Resampling.BILINEAR).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
