"""The largest image that is decoded, checked on what the header announces."""

from export.runtime.errors import ImageTooLargeError, UnreadableImageError

MAX_MEGAPIXELS = 64


def check_size(width: int, height: int) -> None:
    """Raises UnreadableImageError for an image without pixels, ImageTooLargeError above 64 megapixels."""
    if width < 1 or height < 1:
        raise UnreadableImageError(f"The image is {width} x {height} pixels; it must have at least one pixel.")
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise ImageTooLargeError(
            f"The image is {width:,} x {height:,} pixels ({width * height / 1e6:,.0f} megapixels); "
            f"at most {MAX_MEGAPIXELS} megapixels are read."
        )
