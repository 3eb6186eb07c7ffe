"""The two kinds of client: one wants its films read, the other wants the server to end."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

TIMEOUT_S = 60.0
PAUSE_S = 0.05
LOST = "no answer"


@dataclass
class Seen:
    """What a client saw: how often each status came, or LOST, and the seconds of each answer."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def send_until(ends: float, url: str, key: str, bodies: Sequence[bytes], seen: Seen, gone: threading.Event) -> None:
    """Post `bodies` in turn until time.monotonic() is `ends`; a server that is `gone` ends it too."""
    headers = {"X-API-Key": key, "Content-Type": "application/dicom"}
    with httpx.Client(headers=headers, timeout=TIMEOUT_S, trust_env=False) as client:
        for body in itertools.cycle(bodies):
            if time.monotonic() >= ends or gone.is_set():
                return
            start = time.monotonic()
            try:
                status = str(client.post(url, content=body).status_code)
            except httpx.HTTPError:
                status = LOST
            seen.statuses[status] += 1
            seen.seconds.append(time.monotonic() - start)
            if status != "200":
                time.sleep(PAUSE_S)
