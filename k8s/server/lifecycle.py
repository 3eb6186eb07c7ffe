"""Where the server stands between its start and its end."""

from enum import Enum

from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem


class Phase(Enum):
    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    """told to stop: not ready for more, and still answering until its last connection is closed"""
    CLOSED = "closed"
    """answers nobody any more"""


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

    def check_ready(self) -> None:
        """Raises Problem 503."""
        if not self.is_ready:
            raise self._refusal()

    def check_takes_requests(self) -> None:
        """Raises Problem 503."""
        if not self.takes_requests:
            raise self._refusal()

    def _refusal(self) -> Problem:
        if self.phase is Phase.STARTING:
            return Problem(ProblemKind.STARTING, "The server is starting.", retry_after_s=1)
        return Problem(ProblemKind.SHUTTING_DOWN, "The server is shutting down.", retry_after_s=1)
