"""What pydicom and the decoders behind it raise on damaged input.

Their messages quote the offending value, which may be a patient's name: errors of ours are raised `from None`.
"""

import struct
import zlib

from pydicom.errors import BytesLengthException

PIXELS_DAMAGED = "The DICOM file is truncated or damaged: its pixels cannot be decoded."

PARSER_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    EOFError,
    OSError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    BytesLengthException,
    struct.error,
    zlib.error,
)
