"""Learning rates over a run."""

from typing import Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

Schedule = Literal["one-cycle", "constant"]


def make_schedule(
    kind: Schedule, optimizer: Optimizer, learning_rate: float, steps: int, warm_up: float = 0.2
) -> LRScheduler:
    """Stepped per batch. `one-cycle` rises to `learning_rate` over the first `warm_up` of the `steps`, then falls."""
    if kind == "constant":
        return LambdaLR(optimizer, _unchanged)
    # OneCycleLR divides by the length of its warm-up less one step, which is zero for runs of five steps.
    return OneCycleLR(optimizer, learning_rate, total_steps=max(steps, 10), pct_start=warm_up, cycle_momentum=False)


def _unchanged(_step: int) -> float:
    return 1.0
