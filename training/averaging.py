"""An exponential moving average of a network's weights, by torch's own AveragedModel."""

from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class WeightAverage:
    """Follows `model` step by step; batch norm's statistics are averaged with the weights.

    The average of a run's first steps would hold its random start: the decay rises from (1 + t) / (10 + t) to `decay`,
    as in TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.averaged = AveragedModel(model, use_buffers=True)

    def update(self, model: nn.Module) -> None:
        steps = int(self.averaged.n_averaged)
        decay = min(self.decay, (1 + steps) / (10 + steps))
        self.averaged.multi_avg_fn = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
        self.averaged.update_parameters(model)

    @property
    def model(self) -> nn.Module:
        network: nn.Module = self.averaged.module
        return network

    def state_dict(self) -> dict[str, Any]:
        return dict(self.averaged.state_dict())

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        self.averaged.load_state_dict(state)
