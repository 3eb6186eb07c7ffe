"""An array of pixels as an image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.size import check_size


def image_of_array(array: NDArray[Any]) -> Image.Image:
    """Of uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), or uint16 (H, W).

    Raises UnsupportedFormatError for any other array, UnreadableImageError for one without pixels, ImageTooLargeError
    above 64 megapixels.
    """
    shape = array.shape
    is_image = array.ndim == 2 or (array.ndim == 3 and shape[2] in (1, 3, 4))
    if array.dtype not in (np.uint8, np.uint16) or not is_image or (array.dtype == np.uint16 and array.ndim == 3):
        raise UnsupportedFormatError(
            f"The array is {array.dtype} {shape}. Pass uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), "
            "or uint16 (H, W)."
        )
    if array.size == 0:
        raise UnreadableImageError(f"The array is empty: its shape is {shape}.")
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    image = Image.fromarray(np.ascontiguousarray(array))
    check_size(*image.size)
    return image
