"""The dense end of a classifier: what stands between its last feature maps and its logits."""

from typing import Literal

from torch import Tensor, nn

HeadForm = Literal["pooled", "flat"]


class Head(nn.Module):
    """Maps (N, C, h, w) to logits (N, K): pool or flatten, then one dense layer, or two with `hidden` units between.

    `pooled` averages each map; `flat` keeps every position, as VGG16 does. With `learns_others` there is one logit
    more, K + 1 in all: that of images which show something else than the classes.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        num_classes: int,
        form: HeadForm,
        hidden: int,
        dropout: float,
        *,
        learns_others: bool = False,
    ) -> None:
        super().__init__()
        channels, height, width = shape
        self.form = form
        self.num_classes, self.learns_others = num_classes, learns_others
        self.embed = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()) if form == "pooled" else nn.Flatten()
        units = channels if form == "pooled" else channels * height * width
        self.fc1 = nn.Linear(units, hidden) if hidden else None
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden or units, num_classes + learns_others)

    @property
    def dimensions(self) -> int:
        """How many numbers the embedding has."""
        return (self.fc1 or self.fc2).in_features

    def classify(self, embedding: Tensor) -> Tensor:
        """Every logit, that of something else as the last."""
        x = embedding if self.fc1 is None else self.fc1(embedding).relu()
        logits: Tensor = self.fc2(self.dropout(x))
        return logits

    def forward(self, maps: Tensor) -> Tensor:
        return self.classify(self.embed(maps))
