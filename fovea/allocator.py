"""How glibc's malloc treats large blocks in this process; with other C libraries nothing changes.

By itself it maps blocks from 128 kB on, and hands them back as soon as they are freed: each use pays the page faults
again. Both bounds grow with the blocks that are freed, up to 32 and 64 MB.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4  # malloc.h
LARGEST = 2**31 - 1
TRIM_BYTES, MAPPED_BYTES = 32_000_000, 10_000_000


def keep_freed_memory() -> None:
    """Where the same sizes come again and again: blocks are used once more without a page fault."""
    _set({M_MMAP_MAX: 0, M_TRIM_THRESHOLD: LARGEST})


def map_large_blocks() -> None:
    """Where large blocks grow: they lie in memory of their own, are not copied, and go back to the system at once."""
    _set({M_TRIM_THRESHOLD: TRIM_BYTES, M_MMAP_THRESHOLD: MAPPED_BYTES})


def _set(bounds: dict[int, int]) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform.startswith("linux") else None
    if mallopt is not None:
        for name, value in bounds.items():
            mallopt(name, value)
