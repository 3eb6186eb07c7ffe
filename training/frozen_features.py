"""What a frozen backbone tells of photos and films, and the linear classifier that reads it."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.data.photos import PhotoSet
from training.fine_tuning import TransferConfig, start
from training.precision import uses_bf16
from training.prefix_cache import PrefixOutputs, open_store

INVERSE_REGULARISATION = 0.01
BATCH = 16  # photos, for those that the cache does not hold


def embeddings(config: TransferConfig, photos: PhotoSet) -> NDArray[np.float32]:
    """Pooled features (N, d) of the frozen backbone; a training of the head finds them in the cache."""
    net, _ = start(config, num_classes=1)  # the head has no part in them
    prefix, _ = net.split(None)
    bf16 = uses_bf16(config.precision)
    store = None
    if config.cache:
        example = torch.zeros(1, config.size, config.size, photos.channels, dtype=torch.uint8)
        store = open_store(config.cache_dir, prefix, example, int(config.cache_gb * 1e9), bf16=bf16)
    embedded = PrefixOutputs(photos, config.make_views(), 0, prefix, store, bf16=bf16)
    embedded.fill(1)
    batches = torch.split(torch.arange(len(photos)), BATCH)
    return np.concatenate([embedded.inputs(batch, 0).numpy() for batch in batches])


def fitted(
    features: NDArray[np.floating[Any]], labels: NDArray[np.int64], weights: NDArray[np.float64] | None = None
) -> Any:
    """A classifier with `predict_proba` and `classes_`. Classes count alike; `weights` (N,) divide each of them."""
    regression = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=1000, class_weight="balanced")
    return make_pipeline(StandardScaler(), regression).fit(features, labels, logisticregression__sample_weight=weights)
