"""How decoding in another process can end beside the errors of the image."""

from fovea.errors import FoveaError, UnreadableImageError


class DecoderLostError(UnreadableImageError):
    """The process that decoded the image crashed, or was ended by one of its limits."""


class DecodingTimeoutError(FoveaError):
    """The image was not decoded before its deadline."""
