"""What a model says of one image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fovea.decision import Decision, decide
from fovea.expected import SCORES
from fovea.spec import ModelSpec


@dataclass(frozen=True)
class Prediction:
    """The outputs for one image, the batch axis removed, and the decision that they allow.

    `probabilities` is float32 (K,) in the order of `classes`, calibrated. `pixels` is what the network saw, uint8
    (H, W, C). `heatmaps` is float32 (K, h, w) in 0..1, `embedding` (d,), `ood_score` is 1.0 at the threshold from
    which an image is unlike the training data, and `other_finding` is 1.0 at that from which it may show something
    other than the classes; each is None where the model has no such output. `feature_maps` holds one activation per
    layer of the spec: (C, H, W) for maps, (C,) for units. `warnings` are sentences on what the file left open.
    """

    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]
    decision: Decision
    pixels: NDArray[np.uint8]
    heatmaps: NDArray[np.float32] | None = None
    embedding: NDArray[np.float32] | None = None
    ood_score: float | None = None
    other_finding: float | None = None
    feature_maps: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        outputs: Mapping[str, NDArray[np.float32]],
        spec: ModelSpec,
        pixels: NDArray[np.uint8],
        warnings: tuple[str, ...] = (),
    ) -> Self:
        """From the `outputs` of a batch of one, wherever they were computed."""
        first = {name: batch[0] for name, batch in outputs.items()}
        ood_score, other_finding = (float(first[name]) if name in first else None for name in SCORES)
        return cls(
            classes=spec.classes,
            probabilities=first["probabilities"],
            decision=decide(first["probabilities"], ood_score, spec, other_finding),
            pixels=pixels,
            heatmaps=first.get("heatmaps"),
            embedding=first.get("embedding"),
            ood_score=ood_score,
            other_finding=other_finding,
            feature_maps={layer.output: first[layer.output] for layer in spec.layers},
            warnings=warnings,
        )

    @property
    def most_probable(self) -> str:
        """The most probable class, whether it may be answered or not."""
        return self.classes[int(np.argmax(self.probabilities))]

    def top(self, k: int = 5) -> list[tuple[str, float]]:
        """The `k` most probable classes with their probabilities, best first."""
        order = np.argsort(-self.probabilities, kind="stable")[:k]
        return [(self.classes[index], float(self.probabilities[index])) for index in order]

    def as_dict(self) -> dict[str, Any]:
        """The answer for JSON, as the command line and the app's endpoints give it.

        `decision` is a class or "abstain", and `reasons` say why there is no class. `warnings` are as above,
        `probabilities` holds each class, best first. `ood_score` and `other_finding` are left out where the model has
        none. Fractions are rounded to six decimals.
        """
        answer: dict[str, Any] = {
            "decision": self.decision.outcome,
            "reasons": list(self.decision.reasons),
            "warnings": list(self.warnings),
        }
        if self.ood_score is not None:
            answer["ood_score"] = round(self.ood_score, 6)
        if self.other_finding is not None:
            answer["other_finding"] = round(self.other_finding, 6)
        ranked = self.top(len(self.classes))
        return answer | {"probabilities": {name: round(probability, 6) for name, probability in ranked}}
