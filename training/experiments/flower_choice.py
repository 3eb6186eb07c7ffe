"""What the flowers recipe was chosen by: where Inception-v3 is cut, photos seen mirrored too, and longer tuning.

Frozen features of every cut, alone and side by side, are judged once, by a linear classifier in five folds of training
and validation photos. Then every run in the runs folder is judged on the validation photos, on each photo as it is and
by the mean with its mirror image. The test photos are not looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold
from torch import Tensor, nn
from torch.nn import functional

from training.checkpoint import load_checkpoint
from training.data.flowers import load_flowers
from training.data.photos import Photos
from training.experiments.pooled_cuts import by_cut, pooled_features, pooling_prefix
from training.experiments.result import kept_rows, made_here, write_result
from training.fine_tuning import limit
from training.frozen_features import fitted
from training.loop import predict_logits
from training.metrics import share_right
from training.models.pretrained import pretrained_backbone
from training.prefix_cache import uncached
from training.recipes.flowers import DEFAULT

CUTS = ("Mixed_5d", "Mixed_6c", "Mixed_6e", "Mixed_7a")
SIDE_BY_SIDE = (("Mixed_6e", "Mixed_7a"), ("Mixed_5d", "Mixed_6e", "Mixed_7a"))
FOLDS = 5


@dataclass(frozen=True)
class Options:
    """What to run."""

    weights: str = "hub"
    """hub or a file for Inception-v3"""
    size: int = 299
    """height and width of the network's input, in pixels"""
    limit: int | None = None
    """use only N photos of each split (for a quick try)"""
    redo: bool = False
    """judge frozen features again that the JSON holds"""
    data_dir: Path = Path("data")
    cache_dir: Path = Path("data/prefix_cache")
    runs_dir: Path = Path("runs")
    json: Path = Path("docs/flowers/choice.json")


class Mirrored(nn.Module):
    """Pixels (N, H, W, C) with left and right exchanged."""

    def forward(self, pixels: Tensor) -> Tensor:
        return pixels.flip(2)


def main(options: Options) -> dict[str, Any]:
    """Judge every choice, then write the JSON; its content."""
    splits = limit(load_flowers(options.data_dir), options.limit)
    photos = splits.train.joined(splits.val)
    settings = {
        "n": len(photos),
        "n_val": len(splits.val),
        "weights": Path(options.weights).name,
        "size": options.size,
    }
    kept = [] if options.redo else kept_rows(options.json, settings, "frozen")
    frozen = kept or list(frozen_rows(photos, options))
    tuned = list(tuned_rows(splits.val, options.runs_dir / "flowers"))
    return write_result(options.json, "flower_choice", settings | {"frozen": frozen, "tuned": tuned})


def frozen_rows(photos: Photos, options: Options) -> Iterator[dict[str, Any]]:
    """For every choice of cuts the share of right answers over the folds, for photos as they are and mirrored too."""
    backbone = pretrained_backbone("inception_v3", options.weights).until(CUTS[-1])
    form, max_bytes = type(DEFAULT)(size=options.size).make_views(), int(DEFAULT.cache_gb * 1e9)
    prefixes = (pooling_prefix(backbone, CUTS, first) for first in ((), (Mirrored(),)))
    seen_by = (pooled_features(photos, prefix, form, options.cache_dir, max_bytes) for prefix in prefixes)
    plain, mirrored = (by_cut(one, backbone, CUTS) for one in seen_by)
    labels = photos.labels.numpy()
    for cuts in (*((cut,) for cut in CUTS), *SIDE_BY_SIDE):
        seen, also = (np.concatenate([one[cut] for cut in cuts], axis=1) for one in (plain, mirrored))
        row = made_here() | {"cuts": cuts, "plain": judged(seen, None, labels), "mirrored": judged(seen, also, labels)}
        print(row, flush=True)
        yield row


def judged(
    seen: NDArray[np.float32], mirrored: NDArray[np.float32] | None, labels: NDArray[np.int64]
) -> dict[str, float | list[float]]:
    """Accuracy with Wilson's interval; `mirrored` joins the training, and its answer the photo's own."""
    right = 0
    for train, held in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(seen, labels):
        shown, truth = seen[train], labels[train]
        if mirrored is not None:
            shown, truth = np.concatenate([shown, mirrored[train]]), np.concatenate([truth, truth])
        classifier = fitted(shown, truth)
        scores = classifier.predict_log_proba(seen[held])
        if mirrored is not None:
            scores = scores + classifier.predict_log_proba(mirrored[held])
        right += int((scores.argmax(1) == labels[held]).sum())
    return share_right(right, len(labels))


def tuned_rows(val: Photos, folder: Path) -> Iterator[dict[str, Any]]:
    """For every finished run its settings, and the figures on validation photos as they are and with their mirror."""
    for path in sorted(folder.glob("*/checkpoint.pt")):
        checkpoint = load_checkpoint(path)
        config, net = checkpoint.config, checkpoint.model()
        inputs = uncached(val, type(DEFAULT)(size=checkpoint.spec.height, fit=checkpoint.spec.fit).make_views())
        plain, mirrored = predict_logits(net, inputs), predict_logits(nn.Sequential(Mirrored(), net), inputs)
        row = {
            "run": path.parent.name,
            "seed": checkpoint.seed,
            "last_stage": checkpoint.options["last_stage"],
            **{name: config[name] for name in ("tune_from", "views", "tune_epochs", "tune_learning_rate")},
            "train_seconds": checkpoint.metrics.get("train_seconds"),
            "plain": of_logits(plain, val.labels),
            "mirrored": of_logits((plain + mirrored) / 2, val.labels),
        }
        print(row, flush=True)
        yield row


def of_logits(logits: Tensor, labels: Tensor) -> dict[str, Any]:
    """Accuracy with Wilson's interval, and the cross-entropy, of logits (N, K)."""
    right = int((logits.argmax(1) == labels).sum())
    return share_right(right, len(labels)) | {"loss": round(float(functional.cross_entropy(logits, labels)), 4)}
