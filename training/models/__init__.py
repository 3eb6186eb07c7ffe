"""One paper per file. `build` makes a network from the architecture name that its spec holds."""

from collections.abc import Callable
from typing import Any

from torch import nn

from training.models.lenet5 import LeNet5
from training.models.lenet5_classic import LeNet5Classic

ARCHITECTURES: dict[str, Callable[..., nn.Module]] = {
    "lenet5": LeNet5,
    "lenet5_classic": LeNet5Classic,
}
TRANSFER = "transfer/"  # in front of a backbone's name


def build(architecture: str, **options: Any) -> nn.Module:
    """A freshly initialised network; `options` go to its constructor. `transfer/NAME` is a backbone with a head."""
    if architecture.startswith(TRANSFER):
        from training.models.transfer import build_transfer  # timm takes seconds to import; digits need none of it

        return build_transfer(architecture.removeprefix(TRANSFER), **options)
    if architecture not in ARCHITECTURES:
        raise ValueError(
            f"The architecture is {architecture!r}; allowed are {', '.join(ARCHITECTURES)} and {TRANSFER}BACKBONE."
        )
    return ARCHITECTURES[architecture](**options)
