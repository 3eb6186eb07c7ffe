"""Views: a fixed list of pictures of each photo. View 0 is what serving sees, the others are augmented."""

import hashlib
import io
from dataclasses import asdict, dataclass

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor
from torchvision.transforms import v2

from fovea import Fit, at_detail, fit

FORM = 1  # of `render`: raise it when the pixels of a view change, and cached outputs of the old form are not reused


@dataclass(frozen=True)
class Views:
    """How views are made. A view depends on its photo and number alone, never on the run's seed or order.

    Args:
        height: of every view, in pixels.
        width: of every view, in pixels.
        how: the fitting of view 0.
    """

    height: int
    width: int
    how: Fit = "stretch"

    def render(self, photo: Image.Image, digest: bytes, number: int) -> Tensor:
        """Pixels uint8 (height, width, C) of view `number` of the photo with that digest."""
        if number == 0:
            return torch.from_numpy(fit(photo, self.how, self.height, self.width).copy())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int.from_bytes(hashlib.sha256(self.key(digest, number)).digest()[:7], "big"))
            augmented = self.augment(photo)
        pixels: Tensor = v2.functional.pil_to_tensor(augmented)  # (C, height, width)
        return pixels.permute(1, 2, 0).contiguous()

    def augment(self, photo: Image.Image) -> Image.Image:
        """A random change, `width` x `height`, by torch's generator."""
        raise NotImplementedError

    def key(self, digest: bytes, number: int) -> bytes:
        """32 bytes that name the pixels of a view."""
        settings = repr((FORM, sorted(asdict(self).items()) if number else (self.height, self.width, self.how), number))
        return hashlib.sha256(settings.encode() + digest).digest()


@dataclass(frozen=True)
class PhotoViews(Views):
    """Photos of things: another crop, mirrored, in another light.

    Args:
        min_area: smallest share of the photo that an augmented view shows, 0..1.
        colour: largest relative change of brightness, contrast and saturation, 0..1.
    """

    min_area: float = 0.4
    colour: float = 0.3

    def augment(self, photo: Image.Image) -> Image.Image:
        change = v2.Compose(
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
        changed: Image.Image = change(photo)
        return changed


@dataclass(frozen=True)
class SmallViews(Views):
    """Pictures of `width` x `height` already: shifted, with the edge mirrored outwards, and half of them mirrored.

    He et al. 2015, section 4.2, as `training.augment.crop_and_flip` does it to a batch.

    Args:
        shift_px: largest shift to each side.
    """

    shift_px: int = 4

    def augment(self, photo: Image.Image) -> Image.Image:
        change = v2.Compose(
            [
                v2.RandomCrop((self.height, self.width), padding=self.shift_px, padding_mode="reflect"),
                v2.RandomHorizontalFlip(),
            ]
        )
        changed: Image.Image = change(photo)
        return changed


@dataclass(frozen=True)
class FilmViews(Views):
    """Radiographs: the patient stood a little otherwise, another machine took and stored the film.

    Args:
        rotation: largest turn to either side, degrees.
        shift: largest shift, as a share of height and width.
        scale: largest relative change of size.
        photometric: strength of the random changes of gamma, sharpness, noise and compression, 0..1.
        flip: mirror half of the views. The heart is on the left in nearly everyone, so this is not harmless.
        detail_px: side to which larger films are brought first, as serving does it.
    """

    rotation: float = 7.0
    shift: float = 0.05
    scale: float = 0.1
    photometric: float = 1.0
    flip: bool = False
    detail_px: int | None = None

    def render(self, photo: Image.Image, digest: bytes, number: int) -> Tensor:
        return super().render(at_detail(photo, self.detail_px), digest, number)

    def key(self, digest: bytes, number: int) -> bytes:
        return super().key(f"{self.detail_px}".encode() + digest, number)

    def augment(self, photo: Image.Image) -> Image.Image:
        move = v2.RandomAffine(
            self.rotation,
            (self.shift, self.shift),
            (1 - self.scale, 1 + self.scale),
            interpolation=v2.InterpolationMode.BILINEAR,
        )
        film: Image.Image = move(photo.resize((self.width, self.height), Image.Resampling.BICUBIC))
        if self.flip and torch.rand(()) < 0.5:
            film = ImageOps.mirror(film)
        return self._other_machine(film) if self.photometric else film

    def _other_machine(self, film: Image.Image) -> Image.Image:
        """Gamma, resolution, sharpness, noise and JPEG quality; each of them tells sources apart."""
        strength = self.photometric
        gamma = float(torch.empty(()).uniform_(-0.5, 0.5) * strength)
        film = film.point([round(255 * (level / 255) ** (2**gamma)) for level in range(256)])
        if torch.rand(()) < 0.5 * strength:  # a coarser original
            share = float(torch.empty(()).uniform_(0.5, 1.0))
            film = film.resize((round(self.width * share), round(self.height * share)), Image.Resampling.BILINEAR)
            film = film.resize((self.width, self.height), Image.Resampling.BICUBIC)
        film = ImageEnhance.Sharpness(film).enhance(1 + float(torch.empty(()).uniform_(-0.9, 1.5)) * strength)
        if torch.rand(()) < 0.5 * strength:
            noise = torch.randn(self.height, self.width) * float(torch.empty(()).uniform_(0, 8)) * strength
            noisy = torch.from_numpy(np.array(film)).float() + noise
            film = Image.fromarray(noisy.round().clamp(0, 255).byte().numpy())
        if torch.rand(()) < 0.5 * strength:
            stream = io.BytesIO()
            film.save(stream, "JPEG", quality=int(torch.randint(40, 96, ())))
            film = Image.open(stream).convert("L")
        return film
