"""Where the server stands between its start and its end."""

from enum import Enum


class Phase(Enum):
    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    """told to stop: not ready for more, and still answering until the load balancers have noticed"""
    CLOSED = "closed"
    """finishes what it has begun"""


class Lifecycle:
    """The phase, which only goes forward."""

    def __init__(self) -> None:
        self.phase = Phase.STARTING

    def enter(self, phase: Phase) -> None:
        order = list(Phase)
        if order.index(phase) > order.index(self.phase):
            self.phase = phase

    @property
    def is_ready(self) -> bool:
        return self.phase is Phase.READY

    @property
    def takes_requests(self) -> bool:
        return self.phase in (Phase.READY, Phase.DRAINING)
