"""Which score tells images of other kinds apart best; the choice is by sets that a score was never shown.

Compared are the distance to the nearest class (`export.ood`), the largest probability (Hendrycks and Gimpel 2017), the
largest logit (Hendrycks et al. 2022), energy (Liu et al. 2020), the distance to the 50th neighbour (Sun et al. 2022),
ViM (Wang et al. 2022), and a head by outlier exposure, alone and with the distance. Distance, and distance with head,
can ship: the others are there to be compared with.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from export.batches import run
from export.model_file import copied, opened
from export.outlier_head import OutlierHead, fit_outlier_head
from fovea import Model
from training.auroc import auroc

LOGITS = "logits"
NEIGHBOUR = 50
HEAD_SHARE = 0.1  # of what may be refused: it tells its sets at any cut, and the distance has to find all else
TRAINING_IMAGES = 1500  # that neighbours and the head are fitted on
DISTANCE, WITH_HEAD = "distance", "distance and head"

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Embedded:
    """What a network makes of N images: `embedding` (N, d), `logits` (N, K) and `distance` (N,), 1.0 its threshold."""

    embedding: NDArray[np.float32]
    logits: NDArray[np.float32]
    distance: NDArray[np.float32]

    def take(self, indices: NDArray[np.intp]) -> "Embedded":
        return Embedded(self.embedding[indices], self.logits[indices], self.distance[indices])


@dataclass(frozen=True)
class Choice:
    """The head that is to ship, None for the distance alone, with a table and a sentence for the model card.

    With a head the threshold of the distance is `cut` times what it was.
    """

    head: OutlierHead | None
    cut: float
    note: str


def embedder(proto: onnx.ModelProto) -> Model:
    """What `embedded` takes, of a graph whose score is the distance alone."""
    return opened(with_logits(proto))


def embedded(model: Model, pixels: NDArray[np.uint8]) -> Embedded:
    """By onnxruntime."""
    outputs = run(model, pixels, ("embedding", LOGITS, "ood_score"))
    return Embedded(outputs["embedding"], outputs[LOGITS], outputs["ood_score"])


def with_logits(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model with what its softmax takes as one output more."""
    result = copied(proto)
    *_, last = (node for node in result.graph.node if node.op_type == "Softmax")
    result.graph.node.append(onnx.helper.make_node("Identity", [last.input[0]], [LOGITS]))
    result.graph.output.append(onnx.helper.make_tensor_value_info(LOGITS, onnx.TensorProto.FLOAT, None))
    return result


def choose(
    train: Embedded,
    val: Embedded,
    exposed: Mapping[str, Embedded],
    judged: Mapping[str, Embedded],
    kept_share: float,
) -> Choice:
    """`exposed` are images of other kinds to learn from, `judged` others of the same sets.

    The AUROC of a head on a set is that of a head which was shown the other sets. The one that ships was shown all.
    """
    refused_by_head = HEAD_SHARE * (1 - kept_share)  # both have to keep an image
    by_head, by_distance = 1 - refused_by_head, kept_share + refused_by_head
    cut = float(np.quantile(val.distance, by_distance))
    fixed = plain_scores(train)
    inside = {name: score(val) for name, score in fixed.items()}
    rows: dict[str, dict[str, float]] = {}
    for name, images in judged.items():
        rows[name] = {score: told_apart(inside[score], of(images)) for score, of in fixed.items()}
        others = [exposed[other].embedding for other in exposed if other != name]
        if others:
            head = fit_outlier_head(train.embedding, others, val.embedding, by_head)
            rows[name]["outlier head"] = told_apart(head(val.embedding), head(images.embedding))
            rows[name][WITH_HEAD] = told_apart(joined(val, head, cut), joined(images, head, cut))
    is_better = len(rows) > 1 and mean(rows, WITH_HEAD) > mean(rows, DISTANCE)
    note = note_on(rows, is_with_head=is_better)
    if not is_better:
        return Choice(None, cut, note)
    all_sets = [images.embedding for images in exposed.values()]
    return Choice(fit_outlier_head(train.embedding, all_sets, val.embedding, by_head), cut, note)


def plain_scores(train: Embedded) -> dict[str, Callable[[Embedded], Scores]]:
    """Those that need no images of other kinds; larger for what is less like training."""
    return {
        DISTANCE: lambda one: one.distance,
        "largest probability": lambda one: -softmax(one.logits, axis=1).max(axis=1),
        "largest logit": lambda one: -one.logits.max(axis=1),
        "energy": lambda one: -logsumexp(one.logits, axis=1),
        "neighbours": Neighbours(train),
        "ViM": VirtualLogit(train),
    }


class Neighbours:
    """Distance to the 50th nearest training embedding, all of length 1."""

    def __init__(self, train: Embedded) -> None:
        self._train = unit(train.embedding)

    def __call__(self, images: Embedded) -> Scores:
        similarities = unit(images.embedding) @ self._train.T
        at = min(NEIGHBOUR, similarities.shape[1])
        nearest: Scores = -np.sort(similarities, axis=1)[:, -at]
        return nearest


class VirtualLogit:
    """The norm of what lies outside the main directions of the training embeddings, scaled to the logits, less energy.

    The main directions are half of all (the paper: 1,000 of 2,048).
    """

    def __init__(self, train: Embedded) -> None:
        self._mean = train.embedding.mean(axis=0)
        _, _, directions = np.linalg.svd(train.embedding - self._mean, full_matrices=False)
        self._rest = directions[len(directions) // 2 :]
        self._scale = train.logits.max(axis=1).mean() / self._norm(train).mean()

    def _norm(self, images: Embedded) -> Scores:
        norm: Scores = np.linalg.norm((images.embedding - self._mean) @ self._rest.T, axis=1)
        return norm

    def __call__(self, images: Embedded) -> Scores:
        score: Scores = self._scale * self._norm(images) - logsumexp(images.logits, axis=1)
        return score


def unit(embedding: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = embedding / np.maximum(np.linalg.norm(embedding, axis=1, keepdims=True), 1e-12)
    return result


def joined(images: Embedded, head: OutlierHead, cut: float) -> Scores:
    """The larger of head and distance, whose threshold is `cut` times what it was."""
    larger: Scores = np.maximum(images.distance / np.float32(cut), head(images.embedding))
    return larger


def told_apart(inside: Scores, outside: Scores) -> float:
    """AUROC of `outside` against `inside`."""
    is_outside = np.r_[np.zeros(len(inside), bool), np.ones(len(outside), bool)]
    return auroc(is_outside, np.r_[inside, outside])


def mean(rows: Mapping[str, Mapping[str, float]], score: str) -> float:
    return float(np.mean([row[score] for row in rows.values()]))


def note_on(rows: Mapping[str, Mapping[str, float]], *, is_with_head: bool) -> str:
    """The table: a row for each score, a column for each set."""
    if not rows:
        return (
            "No images of other kinds were at hand, so its score was compared with no other. The file has the distance."
        )
    names = list(rows)
    scores = list(next(iter(rows.values())))
    lines = [
        f"| {score} | {' | '.join(f'{rows[name][score]:.3f}' for name in names)} | {mean(rows, score):.3f} |"
        for score in scores
    ]
    return "\n".join(
        [
            "AUROC of scores that may tell images of other kinds apart, validation images against each set. A head was "
            "shown images of the other sets only:",
            "",
            f"| score | {' | '.join(names)} | mean |",
            f"| --- |{' --- |' * (len(names) + 1)}",
            *lines,
            "",
            "The file has the larger of distance and head, and its head was shown other images of all these sets."
            if is_with_head
            else "The file has the distance.",
        ]
    )
