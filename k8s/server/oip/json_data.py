"""The numbers of a request's JSON, parsed piece by piece: its parser holds up every other thread while it runs."""

import json
import math

import numpy as np
from numpy.typing import NDArray

KEY = b'"data"'  # never within a string, where a quotation mark has a backslash before it
TAKEN_OUT = "\0"
SPACES = b" \t\r\n"
IN_NUMBERS = b"-0123456789" + SPACES
WITHOUT_BRACKETS = bytes.maketrans(b"[]", b"  ")
PIECE_BYTES = 16_384  # a millisecond each


class NotWholeNumbersError(ValueError):
    """Other values, more or less of them, or lists that are not nested as the shape says."""


class OutOfRangeError(ValueError):
    """A whole number below 0 or above 255."""


def without_data(text: bytes) -> tuple[bytes, bytes | None]:
    """JSON with TAKEN_OUT in place of the first list named data, and the text of that list; None where there is none.

    Whether that is JSON at all is left to the parsers of both.
    """
    key = text.find(KEY)
    place = _past_spaces(text, key + len(KEY))
    start = _past_spaces(text, place + 1)
    if key < 0 or text[place : place + 1] != b":" or text[start : start + 1] != b"[":
        return text, None
    # What follows the list is the end of its object or the next key; a list of numbers has none of these.
    marks = [found for found in (text.find(mark, start) for mark in (b'"', b"{", b"}")) if found >= 0]
    end = text.rfind(b"]", start, min(marks, default=len(text))) + 1
    if not end:
        return text, None
    return b"".join([text[:start], json.dumps(TAKEN_OUT).encode(), text[end:]]), text[start:end]


def whole_numbers(text: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The values of a list in JSON, flat or nested as `shape` says, in that shape.

    Raises NotWholeNumbersError or OutOfRangeError.
    """
    if text.translate(None, delete=IN_NUMBERS) not in (_brackets((math.prod(shape),)), _brackets(shape)):
        raise NotWholeNumbersError
    numbers, values, start = text.translate(WITHOUT_BRACKETS), bytearray(), 0
    while start < len(numbers):
        end = numbers.find(b",", start + PIECE_BYTES)
        end = len(numbers) if end < 0 else end
        values += _piece(numbers[start:end])
        start = end + 1
    if len(values) != math.prod(shape):
        raise NotWholeNumbersError
    return np.frombuffer(bytes(values), np.uint8).reshape(shape)


def _piece(text: bytes) -> bytes:
    try:
        values = json.loads(b"[%b]" % text)
    except ValueError:
        raise NotWholeNumbersError from None
    try:
        return bytes(values)
    except ValueError:
        raise OutOfRangeError from None


def _brackets(shape: tuple[int, ...]) -> bytes:
    """What is left of nested lists without their values."""
    inner = b""
    for size in reversed(shape):
        inner = b"[%b]" % b",".join([inner] * size)
    return inner


def _past_spaces(text: bytes, place: int) -> int:
    """Behind a few of them."""
    part = text[place : place + 64]
    return place + len(part) - len(part.lstrip(SPACES))
