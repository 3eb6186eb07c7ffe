"""Large bodies lie in memory of their own: they grow without being copied, and go back to the system at once."""

import ctypes

# malloc.h of glibc. By themselves both bounds grow, to 32 and 64 MB, with the blocks that are freed: a body of 60 MB
# would then be copied as it grows, and hold up the event loop.
M_TRIM_THRESHOLD, TRIM_BYTES = -1, 32_000_000
M_MMAP_THRESHOLD, MAPPED_BYTES = -3, 10_000_000


def map_large_blocks() -> None:
    """For the whole process; other C libraries than glibc are left as they are."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_TRIM_THRESHOLD, TRIM_BYTES)
        mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES)
