"""Fitting: a decoded image becomes the exact pixels a network takes, in the way its spec names."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from fovea.images import ImageInput, read_image
from fovea.mnist import fit_mnist, side_by_side
from fovea.spec import Fit, ModelSpec


def fit_to_spec(image: Image.Image, spec: ModelSpec) -> NDArray[np.uint8]:
    """Pixels uint8 (spec.height, spec.width, C) of a grey or RGB image, no finer than the training images were."""
    return fit(at_detail(image, spec.detail_px), spec.fit, spec.height, spec.width)


def fit_image(image: ImageInput, spec: ModelSpec) -> NDArray[np.uint8]:
    """Pixels as of `fit_to_spec`, of an image that is still to be read. Raises ImageError."""
    return fit_to_spec(read_image(image, spec.channels).image, spec)


def fit_warnings(image: Image.Image, spec: ModelSpec) -> tuple[str, ...]:
    """Sentences on what the fitted pixels cannot show of `image`. Raises EmptyDrawingError with the fit mnist."""
    parts = side_by_side(np.asarray(image.convert("L"))) if spec.fit == "mnist" else 1
    if parts == 1:
        return ()
    return (f"The drawing has {parts} parts side by side. One digit is read at a time.",)


def at_detail(image: Image.Image, detail_px: int | None) -> Image.Image:
    """At most `detail_px` wide and high, stretched; as it is for None."""
    if detail_px is None:
        return image
    width, height = image.size
    return image.resize((min(width, detail_px), min(height, detail_px)), Image.Resampling.BICUBIC)


def fit(image: Image.Image, how: Fit, height: int, width: int) -> NDArray[np.uint8]:
    """Pixels uint8 (height, width, C) of a grey or RGB image.

    `stretch` resizes to the target whatever the aspect; `crop` keeps the aspect and cuts the longer side around the
    centre; `mnist` is the digit normalisation of `fovea.mnist`.
    """
    size = (width, height)
    if how == "mnist":
        pixels = fit_mnist(np.asarray(image.convert("L")), height)
    elif how == "crop":
        pixels = np.asarray(ImageOps.fit(image, size, Image.Resampling.BICUBIC))
    else:
        pixels = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
    return pixels.reshape(height, width, -1)
