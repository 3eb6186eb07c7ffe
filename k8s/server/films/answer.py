"""What the endpoint says of a film: probabilities, and a decision or the reasons for none."""

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import Model, ModelSpec, Prediction
from fovea.decision import OOD_THRESHOLD, OTHER_FINDING_THRESHOLD
from fovea.dicom import Instance
from k8s.server.films.film import DecodedFilm

NOTICE = "For research and teaching. Not a medical device: no decision on a patient may rest on it."


def answer_of(prediction: Prediction, film: DecodedFilm, model: Model) -> dict[str, Any]:
    """The JSON members that depend on the film and the model alone: a repeat gives the same."""
    spec, decision, other = model.spec, prediction.decision, prediction.other_finding
    members: dict[str, Any] = {
        "model": {"name": spec.task, "revision": model.revision},
        "decision": decision.outcome,
        "reasons": list(decision.reasons),
        "probabilities": {
            name: round(float(value), 6) for name, value in zip(spec.classes, prediction.probabilities, strict=True)
        },
        "ood_score": round(prediction.ood_score or 0.0, 6),
        "other_finding": None if other is None else round(other, 6),
        "thresholds": {
            "probability_at_least": spec.abstain_below,
            "ood_score_below": OOD_THRESHOLD,
            "other_finding_below": None if other is None else OTHER_FINDING_THRESHOLD,
        },
        "dicom": None if film.instance is None else _identifiers(film.instance),
        "warnings": list(prediction.warnings),
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


def heatmaps_as_png(prediction: Prediction, spec: ModelSpec) -> dict[str, str]:
    """A data URI for each class: grey, 255 where the class's Grad-CAM is highest, to be stretched over the film."""
    assert prediction.heatmaps is not None  # the self-test film had them
    return {name: _png(heat, spec) for name, heat in zip(spec.classes, prediction.heatmaps, strict=True)}


def _png(heat: NDArray[np.float32], spec: ModelSpec) -> str:
    small = Image.fromarray(np.rint(np.clip(heat, 0, 1) * 255).astype(np.uint8))
    file = io.BytesIO()
    small.resize((spec.width, spec.height), Image.Resampling.BILINEAR).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
