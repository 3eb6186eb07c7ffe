"""What people send is decoded in child processes: whatever a codec does to a file, the page goes on."""

import atexit
import functools
import sys

from fovea import DecodedImage, read_image
from fovea.decoding import Decoders
from fovea.images import RESULT_CLASSES
from fovea.threads import available_cpus

DECODE_SECONDS = 20.0


def read_upload(content: bytes, channels: int) -> DecodedImage:
    """`fovea.read_image` for a file from outside; on Linux in a child process.

    Raises ImageError, and DecodingTimeoutError after DECODE_SECONDS.
    """
    if sys.platform != "linux":  # the limits that a child is under are Linux's
        return read_image(content, channels)
    decoded = decoders().decode(content, channels, seconds=DECODE_SECONDS)
    assert isinstance(decoded, DecodedImage)
    return decoded


@functools.cache
def decoders() -> Decoders:
    """Those of this process. They start at the first file, and end with the process."""
    function = f"{read_image.__module__}:{read_image.__name__}"
    made = Decoders(function, RESULT_CLASSES, available_cpus(), allows_threads=True)
    atexit.register(made.close)
    return made
