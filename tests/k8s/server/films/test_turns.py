"""Whose film is next."""

from dataclasses import dataclass

import pytest

from k8s.server.films.turns import MAX_SLOWED, SLOWED_S, Turns


@dataclass(eq=False)
class Film:
    client: str


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def turns(clock):
    return Turns(clock)


def films(clients):
    return [Film(client) for client in clients]


def served(turns, waiting, places):
    """The clients whose films `places` workers take, in their order."""
    order = []
    while places > len(order) and (film := turns.next_of(waiting)) is not None:
        waiting.remove(film)
        turns.begin(film)
        order.append(film.client)
    return "".join(order)


def test_films_of_one_client_are_read_in_the_order_in_which_they_came(turns):
    waiting = films("aaa")
    assert turns.next_of(waiting) is waiting[0]


def test_a_client_with_one_film_comes_before_the_second_film_of_another(turns):
    assert served(turns, films("aaaab"), 3) == "aba"
    assert served(turns, films("aab"), 1) == "b"


def test_a_client_that_was_slowed_down_has_one_film_at_work_for_ten_minutes(turns, clock):
    turns.slow_down("a")
    waiting = films("aaab")
    assert served(turns, waiting, 4) == "ab"
    turns.end(Film("a"))
    assert served(turns, waiting, 4) == "a"
    clock.now += SLOWED_S
    assert served(turns, waiting, 4) == "a"


def test_nobody_is_served_where_the_only_client_was_slowed_down_and_is(turns):
    turns.slow_down("a")
    waiting = films("aa")
    assert served(turns, waiting, 2) == "a"
    assert turns.next_of(waiting) is None


def test_of_clients_without_number_those_slowed_down_last_stay_so(turns):
    for number in range(MAX_SLOWED + 1):
        turns.slow_down(str(number))
    last = str(MAX_SLOWED)
    assert len(turns._slowed_until) == MAX_SLOWED
    assert served(turns, [Film(last), Film(last)], 2) == last
    assert served(turns, [Film("0"), Film("0")], 2) == "00"
