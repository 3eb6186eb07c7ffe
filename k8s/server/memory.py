"""Memory that a large film took goes back to the system."""

import ctypes

M_MMAP_THRESHOLD = -3  # malloc.h of glibc
THRESHOLD_BYTES = 1_000_000


def return_large_blocks() -> None:
    """Once, at the start: blocks above THRESHOLD_BYTES are mapped, and unmapped when they are freed.

    By itself glibc raises this bound to 32 MB with the first such block (mallopt(3)); then films of up to 64 megapixels
    leave a heap with holes, and the process stays hundreds of megabytes larger than it needs to be.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none, and no such bound
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, THRESHOLD_BYTES)
