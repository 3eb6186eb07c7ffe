"""Memory that a large film took goes back to the system."""

import ctypes
import os
import threading
import time

SPARE_BYTES = 64_000_000
PAUSE_S = 5.0

# malloc.h of glibc. By themselves both bounds grow to 32 and 64 MB with the blocks that are freed, and malloc_trim(3)
# leaves the end of a thread's own heap alone: each worker would keep up to 64 MB there.
M_TRIM_THRESHOLD, TRIM_BYTES = -1, 32_000_000
M_MMAP_THRESHOLD, MAPPED_BYTES = -3, 10_000_000  # above what a film of one megapixel takes in one block


class FreedMemory:
    """Lets glibc keep what one ordinary film needs for the next one, and no more than SPARE_BYTES for long.

    Returned after each film and taken again, memory costs throughput in page faults: so it is returned every PAUSE_S at
    most. Kept without a bound, a film of 20 megapixels leaves hundreds of megabytes behind. Much is what exceeds the
    memory at the start by SPARE_BYTES: a later figure may hold the films of other workers.
    """

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self._trim = getattr(library, "malloc_trim", None)  # other C libraries have none
        if self._trim is not None:
            library.mallopt(M_TRIM_THRESHOLD, TRIM_BYTES)
            library.mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES)
        self._lock = threading.Lock()
        self._at_start = resident_bytes()
        self._allowed_at = 0.0
        self._is_due = False

    def give_back(self) -> None:
        """After a film, by its worker: return what is free where much is held, now or after the pause."""
        if self._trim is None or resident_bytes() <= self._at_start + SPARE_BYTES:
            return
        with self._lock:  # two workers would both return it, and both start a timer
            left = self._allowed_at - time.monotonic()
            if left <= 0:
                self._allowed_at = time.monotonic() + PAUSE_S
                self._trim(0)
            elif not self._is_due:
                self._is_due = True
                self._later(left)

    def _later(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._give_back_due)
        timer.daemon = True
        timer.start()

    def _give_back_due(self) -> None:
        self._is_due = False
        self.give_back()


def resident_bytes() -> int:
    """Of this process."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
