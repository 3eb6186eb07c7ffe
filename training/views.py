"""Views: a fixed list of pictures of each photo. View 0 is what serving sees, the others are augmented."""

import hashlib
from dataclasses import asdict, dataclass

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2

from export.runtime import Fit, fit

FORM = 1  # of `render`: raise it when the pixels of a view change, and cached features of the old form are not reused


@dataclass(frozen=True)
class Views:
    """How views are made. A view depends on its photo and number alone, never on the run's seed or order.

    Args:
        height: of every view, in pixels.
        width: of every view, in pixels.
        how: the fitting of view 0.
        min_area: smallest share of the photo that an augmented view shows, 0..1.
        colour: largest relative change of brightness, contrast and saturation, 0..1.
    """

    height: int
    width: int
    how: Fit = "stretch"
    min_area: float = 0.4
    colour: float = 0.3

    def render(self, photo: Image.Image, digest: bytes, number: int) -> Tensor:
        """Pixels uint8 (height, width, 3) of view `number` of the photo with that digest."""
        if number == 0:
            return torch.from_numpy(fit(photo, self.how, self.height, self.width).copy())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int.from_bytes(hashlib.sha256(self.key(digest, number)).digest()[:7], "big"))
            augmented: Image.Image = self._augment()(photo)
        return v2.functional.pil_to_tensor(augmented).permute(1, 2, 0).contiguous()

    def key(self, digest: bytes, number: int) -> bytes:
        """32 bytes that name the pixels of a view."""
        settings = repr((FORM, sorted(asdict(self).items()) if number else (self.height, self.width, self.how), number))
        return hashlib.sha256(settings.encode() + digest).digest()

    def _augment(self) -> v2.Compose:
        return v2.Compose(
            [
                v2.RandomResizedCrop(
                    (self.height, self.width),
                    scale=(self.min_area, 1.0),
                    ratio=(3 / 4, 4 / 3),
                    interpolation=v2.InterpolationMode.BICUBIC,
                ),
                v2.RandomHorizontalFlip(),
                v2.ColorJitter(self.colour, self.colour, self.colour),
            ]
        )
