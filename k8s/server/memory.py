"""Memory that a large film took goes back to the system."""

import ctypes
import os
import threading

SPARE_BYTES = 64_000_000


class FreedMemory:
    """Lets glibc keep what one ordinary film needs for the next one, and no more than SPARE_BYTES beside it.

    Returned after each film and taken again, memory costs throughput in page faults. Kept without a bound, a film of 20
    megapixels leaves hundreds of megabytes behind.
    """

    def __init__(self) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        self._lock = threading.Lock()
        self._needed = resident_bytes()

    def give_back(self) -> None:
        """After a film, by its worker: return what is free where much more is held than before it."""
        if self._trim is None:
            return
        resident = resident_bytes()
        if resident > self._needed + SPARE_BYTES and self._lock.acquire(blocking=False):
            try:
                self._trim(0)
                resident = resident_bytes()
            finally:
                self._lock.release()
            self._needed = resident
        else:
            self._needed = min(self._needed, resident)


def resident_bytes() -> int:
    """Of this process."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
