"""The endpoint with a codec that does harm on command: `python -m benchmarks.chaos.fragile_endpoint [--in-process]`.

The checks before decoding refuse the harmful files that are known. What a codec does with one that is not known is
what a film does here whose content is a word of DEEDS. With --in-process films are decoded in the server itself.
"""

import ctypes
import sys
from collections.abc import Callable
from typing import Any

from k8s.server import __main__, service
from k8s.server.films.film import DecodedFilm, decode_film_apart


def crash() -> None:
    ctypes.string_at(0)


def hold_the_lock() -> None:
    """For an hour, and the interpreter's lock with it, as codecs do that were not written for threads."""
    ctypes.PyDLL(None).sleep(3600)


def take_memory() -> None:
    kept = []
    while True:
        kept.append(bytearray(100_000_000))


DEEDS = {b"crash": crash, b"hold the lock": hold_the_lock, b"take memory": take_memory}


def decode(data: bytes, declared: str, spec: str, megapixels: int) -> DecodedFilm:
    if data in DEEDS:
        DEEDS[data]()
    return decode_film_apart(data, declared, spec, megapixels)


class InProcess:
    """Has the form of `Decoders`, and decodes here."""

    processes = 0

    def __init__(self, *_arguments: Any, **_named: Any) -> None: ...

    def warm_up(self) -> None: ...

    def close(self) -> None: ...

    def decode(self, content: bytes, *arguments: Any, seconds: float, check_wanted: Callable[[], None]) -> DecodedFilm:
        del seconds, check_wanted
        return decode(content, *arguments)


def main() -> int:
    service.DECODE = f"{decode.__module__ if __name__ != '__main__' else NAME}:decode"
    if "--in-process" in sys.argv:
        service.Decoders = InProcess  # type: ignore[attr-defined, assignment]
    return __main__.main()


NAME = "benchmarks.chaos.fragile_endpoint"
if __name__ == "__main__":
    sys.exit(main())
