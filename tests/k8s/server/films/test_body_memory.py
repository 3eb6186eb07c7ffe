"""Room for bodies, by client."""

import pytest

from k8s.server.films.body_memory import BodyMemory
from k8s.server.problems import Problem


def test_one_client_holds_half_at_most_and_the_other_half_is_for_the_others():
    memory = BodyMemory(100, 40)
    with memory.reserve("a") as first, memory.reserve("a") as second, memory.reserve("b") as other:
        first.take(30)
        second.take(20)
        with pytest.raises(Problem) as refusal:
            second.take(1)
        assert (refusal.value.status, refusal.value.kind) == (429, "too-many-requests")
        other.take(50)
        with pytest.raises(Problem) as refusal, memory.reserve("c") as third:
            third.take(1)
        assert (refusal.value.status, refusal.value.kind) == (503, "busy")
    assert memory.free == 100


def test_one_largest_body_always_fits():
    memory = BodyMemory(100, 80)
    with memory.reserve("a") as reservation:
        reservation.take(80)
        with pytest.raises(Problem):
            reservation.take(1)
    assert memory.free == 100


def test_nothing_is_kept_of_a_client_that_is_gone():
    memory = BodyMemory(100, 50)
    for number in range(50):
        with memory.reserve(f"client {number}") as reservation:
            reservation.take(number)
    assert memory.free == 100
    assert not memory._held
