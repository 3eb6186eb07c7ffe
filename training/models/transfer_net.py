"""Transfer learning: a backbone's stages, then a small head; split where the frozen part ends."""

import torch
from torch import Tensor, nn

from fovea.listing import either
from training.models.backbones import Backbone, BackboneError, build_backbone, output_shape
from training.models.head import Head, HeadForm
from training.models.normalize import Enlarge, Normalize, StandardizeFilm


class TransferNet(nn.Module):
    """Pixels uint8 (N, H, W, 3 or 1) to logits (N, K) through `normalize`, `stages` and `head`.

    `size` is the pixels' height and width. Grey pixels become three equal channels. With `film_border` each film is
    standardised first: see StandardizeFilm. With `enlarge_to` the stages see the picture at that height and width.
    With `learns_others` the head has a logit for images that show something else than the classes.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        num_classes: int,
        size: tuple[int, int],
        head: HeadForm = "pooled",
        hidden: int = 0,
        dropout: float = 0.0,
        film_border: float | None = None,
        enlarge_to: int | None = None,
        learns_others: bool = False,
    ) -> None:
        super().__init__()
        normalize: nn.Module = Normalize(backbone.mean, backbone.std)
        if film_border is not None:
            normalize = nn.Sequential(StandardizeFilm(film_border), normalize)
        if enlarge_to is not None:
            normalize = nn.Sequential(normalize, Enlarge(enlarge_to))
            size = (enlarge_to, enlarge_to)
        self.normalize = normalize
        self.stages = nn.Sequential(backbone.stages)
        shape = output_shape(self.stages, *size)
        self.head = Head(shape, num_classes, head, hidden, dropout, learns_others=learns_others)
        self.to(memory_format=torch.channels_last)  # pixels come in that order, and it is the faster one on CPUs

    @property
    def last_stage(self) -> str:
        """The name of the stage that the network ends at."""
        return [name for name, _ in self.stages.named_children()][-1]

    def maps(self, pixels: Tensor) -> Tensor:
        """The last feature maps, (N, C, h, w)."""
        maps: Tensor = self.stages(self.normalize(pixels))
        return maps

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits (N, K) of the classes alone."""
        logits: Tensor = self.head(self.maps(pixels))
        return logits[:, : self.head.num_classes]

    def split(self, train_from: str | None, *, trains_batch_norm: bool = False) -> tuple["FrozenPrefix", "Trainable"]:
        """The part in front of the stage `train_from`, frozen, and the rest; both share this network's layers.

        `None` trains the head's dense layers alone: the prefix then ends with the pooling. Batch norm is for Trainable.
        The rest gives every logit of the head.
        """
        names = [name for name, _ in self.stages.named_children()]
        if train_from is not None and train_from not in names:
            raise BackboneError(f"The stage to train from is {train_from!r}. Choose {either(names)}.")
        if train_from is None:
            return FrozenPrefix(self.normalize, self.stages, self.head.embed), Trainable(_Classify(self.head))
        cut = names.index(train_from)
        trainable = Trainable(self.stages[cut:], self.head, trains_batch_norm=trains_batch_norm)
        return FrozenPrefix(self.normalize, self.stages[:cut]), trainable


class FrozenPrefix(nn.Sequential):
    """Pixels to what the trainable part takes. Nothing in it learns, drops or counts statistics, in either mode."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> "FrozenPrefix":  # noqa: ARG002
        return super().train(False)


class Trainable(nn.Sequential):
    """What learns. Batch norm keeps the statistics and the scale of its pretraining unless `trains_batch_norm`.

    A batch of 32 flowers gives poor statistics, and weights whose batch norm was folded have none to adapt.
    """

    def __init__(self, *layers: nn.Module, trains_batch_norm: bool = False) -> None:
        super().__init__(*layers)
        self.trains_batch_norm = trains_batch_norm
        self.requires_grad_(True)
        if not trains_batch_norm:
            for layer in self._batch_norms():
                layer.requires_grad_(False)

    def train(self, mode: bool = True) -> "Trainable":
        super().train(mode)
        if not self.trains_batch_norm:
            for layer in self._batch_norms():
                layer.eval()
        return self

    def _batch_norms(self) -> list[nn.Module]:
        return [layer for layer in self.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]


class _Classify(nn.Module):
    """The dense part of a head, whose input is the pooled embedding."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.head = head

    def forward(self, embedding: Tensor) -> Tensor:
        return self.head.classify(embedding)


def build_transfer(
    backbone: str,
    *,
    last_stage: str,
    has_stem_norm: bool = False,
    num_classes: int,
    size: tuple[int, int],
    head: HeadForm,
    hidden: int,
    dropout: float,
    film_border: float | None = None,
    enlarge_to: int | None = None,
    learns_others: bool = False,
) -> TransferNet:
    """The network of a checkpoint, without its weights."""
    base = build_backbone(backbone, has_stem_norm=has_stem_norm).until(last_stage)
    height, width = size
    return TransferNet(
        base,
        num_classes=num_classes,
        size=(height, width),
        head=head,
        hidden=hidden,
        dropout=dropout,
        film_border=film_border,
        enlarge_to=enlarge_to,
        learns_others=learns_others,
    )
