"""Fitting: a decoded image becomes the exact pixels a network takes, in the way its spec names."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from export.runtime.mnist import fit_mnist
from export.runtime.spec import ModelSpec


def fit(image: Image.Image, spec: ModelSpec) -> NDArray[np.uint8]:
    """Pixels uint8 (height, width, channels) as `spec` asks for.

    `stretch` resizes to the target whatever the aspect; `crop` keeps the aspect and cuts the longer side around the
    centre; `mnist` is the digit normalisation of `export.runtime.mnist`.
    """
    size = (spec.width, spec.height)
    if spec.fit == "mnist":
        pixels = fit_mnist(np.asarray(image.convert("L")), spec.height)
    elif spec.fit == "crop":
        pixels = np.asarray(ImageOps.fit(image, size, Image.Resampling.BICUBIC))
    else:
        pixels = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
    return pixels.reshape(spec.height, spec.width, spec.channels)
