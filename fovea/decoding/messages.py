"""What a decoder gives back, as one sealed file in memory: small objects, and arrays that nobody copies.

The children are not trusted: the objects are unpickled by a reader that knows the classes of a result and no others,
and the file must be sealed, since a child that cut it short later would end the reader with SIGBUS.
"""

import fcntl
import importlib
import io
import mmap
import os
import pickle
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FORK, READY = b"f", b"ready"  # to the fork server, and from it
SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
ALIGNMENT = 64
MAX_BUFFERS = 64


class PackedResult(NamedTuple):
    """A file in memory and the sizes of its parts: the objects first, then each array."""

    file: int
    sizes: list[int]


def memory_file(parts: Sequence[Any]) -> int:
    """The descriptor of a file that is in memory only; each part begins at a multiple of ALIGNMENT."""
    file = os.memfd_create("image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        views = [memoryview(part).cast("B") for part in parts]
        for start, view in zip(_starts(list(map(len, views))), views, strict=True):
            write_all(file, view, start)
    except BaseException:
        os.close(file)
        raise
    return file


def write_all(file: int, content: bytes | memoryview, start: int = 0) -> None:
    """All of `content` from `start` on: one call of the system writes 2 GB at most."""
    view, done = memoryview(content), 0
    while done < len(view):
        done += os.pwrite(file, view[done:], start + done)


def packed(result: Any) -> PackedResult:
    """`result` of dataclasses, arrays and images, sealed."""
    buffers: list[pickle.PickleBuffer] = []
    objects = io.BytesIO()
    _Pickler(objects, protocol=5, buffer_callback=buffers.append).dump(result)
    parts = [objects.getbuffer(), *(buffer.raw() for buffer in buffers)]
    file = memory_file(parts)
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, SEALS)
    return PackedResult(file, [len(part) for part in parts])


def unpacked(result: PackedResult, classes: Sequence[type]) -> Any:
    """The result, its arrays read-only and in place. Takes the file over.

    Raises ValueError for anything that `packed` would not have made of `classes`.
    """
    try:
        if fcntl.fcntl(result.file, fcntl.F_GET_SEALS) != SEALS:
            raise ValueError("the result is not sealed")
        length, starts = os.fstat(result.file).st_size, _starts(result.sizes)
        is_plausible = 1 <= len(starts) <= MAX_BUFFERS and min(result.sizes) >= 0 and length > 0
        if not is_plausible or starts[-1] + result.sizes[-1] > length:
            raise ValueError("the result is shorter than it says")
        view = memoryview(mmap.mmap(result.file, length, prot=mmap.PROT_READ))
    finally:
        os.close(result.file)
    parts = [view[start : start + size] for start, size in zip(starts, result.sizes, strict=True)]
    try:
        return _Unpickler(io.BytesIO(parts[0]), parts[1:], classes).load()
    except Exception as error:  # bytes made to do harm can raise anything
        raise ValueError("the result cannot be read") from error


def _starts(sizes: Sequence[int]) -> list[int]:
    """Where each part begins."""
    return list(accumulate((-(-size // ALIGNMENT) * ALIGNMENT for size in sizes[:-1]), initial=0)) if sizes else []


def image_of(pixels: NDArray[np.uint8]) -> Image.Image:
    """An image "L" or "RGB" of its pixels."""
    return Image.fromarray(pixels)


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        """An image goes as an array, and an array lies in one piece: neither is copied again."""
        if isinstance(obj, Image.Image):
            return image_of, (np.asarray(obj),)
        if isinstance(obj, np.ndarray) and not obj.flags.c_contiguous:
            return np.ascontiguousarray(obj).__reduce_ex__(5)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, buffers: Sequence[memoryview], classes: Sequence[type]) -> None:
        super().__init__(file, buffers=buffers)
        # numpy's pickles name a function under a path that differs between its versions
        array: Any = np.zeros(1).__reduce_ex__(5)[0]
        known: tuple[Any, ...] = (*classes, image_of, np.dtype, array)
        self._known = {(each.__module__, each.__qualname__): each for each in known}

    def find_class(self, module: str, name: str) -> Any:
        """Of the known ones alone: any other could be one that does something."""
        try:
            return self._known[module, name]
        except KeyError:
            raise ValueError(f"a decoder's result names {module}.{name}") from None


def function_named(name: str) -> Callable[..., Any]:
    """The function `module:name`."""
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function
