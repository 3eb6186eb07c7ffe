"""The largest image that is decoded, checked on what the header announces."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from fovea.errors import ImageTooLargeError, UnreadableImageError

MAX_MEGAPIXELS = 64
# What reading takes of memory at most: for each pixel of the image, and for structures that even a small one has.
BYTES_A_PIXEL, OTHER_BYTES = 32, 32_000_000

_limit: ContextVar[int] = ContextVar("limit", default=MAX_MEGAPIXELS)


@contextmanager
def at_most(megapixels: int) -> Iterator[None]:
    """Within it, images above this size are refused; a server's memory may bear less than MAX_MEGAPIXELS."""
    token = _limit.set(min(megapixels, MAX_MEGAPIXELS))
    try:
        yield
    finally:
        _limit.reset(token)


def check_size(width: int, height: int) -> None:
    """Raises UnreadableImageError for an image without pixels, ImageTooLargeError above the limit (64 megapixels)."""
    if width < 1 or height < 1:
        raise UnreadableImageError(f"The image is {width} x {height} pixels. It must have at least one pixel.")
    limit = _limit.get()
    if width * height > limit * 1_000_000:
        raise ImageTooLargeError(
            f"The image is {width:,} x {height:,} pixels ({width * height / 1e6:,.0f} megapixels). "
            f"Send at most {limit} megapixels."
        )


def memory_limit(width: int, height: int) -> int:
    """Bytes that reading an image of this size may take."""
    return BYTES_A_PIXEL * width * height + OTHER_BYTES
