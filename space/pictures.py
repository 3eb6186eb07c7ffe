"""Arrays as pictures inside the page: PNG data addresses, without a file."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import ImageTooLargeError, UnreadableImageError

MAX_UPLOAD_BYTES = 64_000_000  # as the endpoint takes: an uncompressed film may hold 50 MB
MAX_ADDRESS_BYTES = 20 * 2**20
MAX_ADDRESS_CHARS = 4 * -(-MAX_ADDRESS_BYTES // 3) + 100  # a file of that size in base64, and the head of the address
_ADVICE = 'Send "data:image/png;base64,...".'
HEAT_PX = 160  # a few cells a side, drawn large
OPAQUE_FROM = 0.4  # heat from which the colour hides what it lies on

# Anchor colours of a dark-to-light scale, even in lightness so that equal steps look equal (as viridis does).
_ANCHORS = np.array(
    [[12, 10, 36], [36, 42, 92], [38, 88, 118], [32, 134, 124], [82, 178, 98], [178, 212, 78], [252, 240, 150]]
)
# The same darkness for zero, away from it towards rose: what lies below zero on a scale that has both.
_NEGATIVE_ANCHORS = np.array(
    [[12, 10, 36], [58, 24, 78], [104, 28, 104], [156, 42, 112], [204, 74, 118], [238, 128, 138], [255, 206, 198]]
)


def _scale(anchors: NDArray[np.int_]) -> NDArray[np.uint8]:
    """256 colours (256, 3) from one anchor to the next."""
    places = np.linspace(0, len(anchors) - 1, 256)
    return np.stack([np.interp(places, range(len(anchors)), anchors[:, c]) for c in range(3)], axis=1).astype(np.uint8)


COLOURS = _scale(_ANCHORS)
NEGATIVE_COLOURS = _scale(_NEGATIVE_ANCHORS)


def png(pixels: NDArray[np.uint8]) -> str:
    """Pixels uint8 (H, W, 1) or (H, W, 3) as a data address."""
    return png_address(Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels))


def heat_overlay(heatmap: NDArray[np.float32]) -> str:
    """A map (h, w) in 0..1 in colour, enlarged smoothly, to lie over a picture: clear where nothing is hot."""
    small = Image.fromarray((heatmap * 255).astype(np.uint8))
    levels = np.asarray(small.resize((HEAT_PX, HEAT_PX), Image.Resampling.BICUBIC))
    alpha = heat_opacity(levels) * 255
    return png_address(Image.fromarray(np.dstack([COLOURS[levels], alpha.astype(np.uint8)])))


def heat_opacity(levels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """In 0..1, of heat in 0..255."""
    opacity: NDArray[np.float64] = np.clip(levels / (255 * OPAQUE_FROM), 0, 1)
    return opacity


def heat(activation: NDArray[np.float32]) -> str:
    """`heat_image` as a data address."""
    return png_address(heat_image(activation))


def heat_image(activation: NDArray[np.float32]) -> Image.Image:
    """One map (H, W), its own smallest value darkest and largest brightest."""
    low, high = float(activation.min()), float(activation.max())
    scaled = (activation - low) / (high - low) if high > low else np.zeros_like(activation)
    return Image.fromarray(COLOURS[(scaled * 255).astype(np.uint8)])


def read_address(address: object) -> bytes:
    """The bytes of a base64 data address, as a browser's canvas gives it, out of whatever a caller sent.

    Raises:
        ImageTooLargeError: more than MAX_ADDRESS_CHARS, told before anything is decoded.
        UnreadableImageError: no data address, or damaged.
    """
    if not isinstance(address, str):
        raise UnreadableImageError(f"The image is not text. {_ADVICE}")
    if len(address) > MAX_ADDRESS_CHARS:
        raise ImageTooLargeError(
            f"The image's data address has {len(address):,} characters. Send at most {MAX_ADDRESS_CHARS:,}."
        )
    head, _, encoded = address.partition(";base64,")
    try:
        content = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise UnreadableImageError("The image's base64 text is damaged.") from error
    if not head.startswith("data:") or not content:
        raise UnreadableImageError(f"The image is not a data address. {_ADVICE}")
    return content


def png_address(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
