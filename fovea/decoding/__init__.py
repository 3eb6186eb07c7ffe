"""Decoding in processes of its own: what a codec does to one image, it does to nothing else.

A fork server imports the codecs once. The children that it forks decode one image after another under limits of
memory, time and system calls, and are killed at the image's deadline. `Decoders` lends them out.
"""

from fovea.decoding.decoders import Decoders, Loss
from fovea.decoding.errors import DecoderLostError, DecodingTimeoutError

__all__ = ["DecoderLostError", "Decoders", "DecodingTimeoutError", "Loss"]
