"""What a partly transparent picture is laid on."""

import numpy as np
from PIL import Image

SEEN = 32  # of 255: less of a colour is hardly seen
MIN_CONTRAST = 32  # grey levels from white


def on_ground(image: Image.Image) -> Image.Image:
    """RGB, from RGBA: on white, as pages are, and on black where nothing would be seen on white.

    So is white ink on a transparent ground, as drawing tools store it.
    """
    ground = "white" if _is_seen_on_white(image) else "black"
    return Image.alpha_composite(Image.new("RGBA", image.size, ground), image).convert("RGB")


def without_empty_alpha(image: Image.Image) -> Image.Image:
    """RGB where the alpha of all pixels is 0: so writers of BMP leave the byte of a channel that they do not use."""
    is_empty = image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0)
    return image.convert("RGB") if is_empty else image


def _is_seen_on_white(image: Image.Image) -> bool:
    """Whether some of it is dark enough; a picture of which nothing is opaque is left as it is."""
    alpha = np.asarray(image.getchannel("A"))
    seen = alpha >= SEEN
    if not seen.any():
        return True
    grey = np.asarray(image.convert("L"))
    return bool(grey[seen].min() <= 255 - MIN_CONTRAST)
