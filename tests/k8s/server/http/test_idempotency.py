"""`Idempotency-Key`: a film is read once for each key, whatever befalls the first request."""

import asyncio
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from endpoint import FILM, PHANTOM, running

from k8s.server import idempotency
from k8s.server.access.api_keys import add_key
from k8s.server.access.clients import READ_SCOPE
from k8s.server.idempotency import StoredResponse, StoredResponses, check_key, fingerprint
from k8s.server.problems import Problem


class Maker:
    """Makes answers and counts them; `may_end` holds them up."""

    def __init__(self, size=10):
        self.made, self.size, self.may_end = 0, size, None

    async def __call__(self):
        self.made += 1
        number = self.made
        if self.may_end is not None:
            await self.may_end.wait()
        return StoredResponse(200, str(number).encode().ljust(self.size), {})


async def failing():
    raise ValueError


def once(answers, make, key="k", client="ward", request=b"film"):
    """The number of the answer, and whether it is a repeated one."""
    answer, is_repeated = asyncio.run(answers.once(client, key, request, make))
    return int(answer.body), is_repeated


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def answers(clock):
    return StoredResponses(60, lambda: clock[0])


def test_a_repeat_gets_the_first_answer(answers):
    make = Maker()
    assert [once(answers, make) for _ in range(3)] == [(1, False), (1, True), (1, True)]


def test_another_key_and_another_client_have_their_own(answers):
    make = Maker()
    assert once(answers, make) == (1, False)
    assert once(answers, make, key="l") == (2, False)
    assert once(answers, make, client="other") == (3, False)
    assert once(answers, make) == (1, True)


def test_a_key_with_another_request_is_refused(answers):
    once(answers, Maker())
    with pytest.raises(Problem) as refusal:
        once(answers, Maker(), request=b"another film")
    assert (refusal.value.status, refusal.value.kind) == (422, "idempotency-key-reused")


def test_an_answer_is_kept_for_its_lifetime(answers, clock):
    make = Maker()
    once(answers, make)
    clock[0] = 60.0
    assert once(answers, make) == (1, True)
    clock[0] = 60.1
    assert once(answers, make) == (2, False)
    clock[0] = 121
    assert once(answers, make, request=b"another film") == (3, False)


def test_where_the_first_fails_the_next_tries_again(answers):
    make = Maker()
    with pytest.raises(ValueError):  # noqa: PT011 - it has no text
        once(answers, failing)
    assert once(answers, make) == (1, False)
    assert once(answers, make) == (1, True)


def test_repeats_at_the_same_time_wait_for_the_first(answers):
    async def run():
        make = Maker()
        make.may_end = asyncio.Event()
        tasks = [asyncio.create_task(answers.once("ward", "k", b"film", make)) for _ in range(10)]
        await asyncio.sleep(0.01)
        assert [task.done() for task in tasks] == [False] * 10
        make.may_end.set()
        found = await asyncio.gather(*tasks)
        return make.made, found

    made, found = asyncio.run(run())
    assert made == 1
    assert {answer.body for answer, _ in found} == {b"1".ljust(10)}
    assert [is_repeated for _, is_repeated in found] == [False] + [True] * 9


@pytest.mark.parametrize("is_cancelled", [True, False], ids=["cancelled", "failed"])
def test_where_the_first_ends_without_an_answer_one_that_waits_takes_over(answers, is_cancelled):
    async def run():
        make, may_end = Maker(), asyncio.Event()

        async def first():
            await may_end.wait()
            raise ValueError

        begun = asyncio.create_task(answers.once("ward", "k", b"film", first))
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(answers.once("ward", "k", b"film", make)) for _ in range(5)]
        await asyncio.sleep(0.01)
        begun.cancel() if is_cancelled else may_end.set()
        with pytest.raises(asyncio.CancelledError if is_cancelled else ValueError):
            await begun
        found = await asyncio.gather(*waiting)
        return make.made, found

    made, found = asyncio.run(run())
    assert made == 1
    assert sorted(is_repeated for _, is_repeated in found) == [False, True, True, True, True]


def test_one_that_waits_and_hangs_up_does_not_harm_the_first(answers):
    async def run():
        make = Maker()
        make.may_end = asyncio.Event()
        first = asyncio.create_task(answers.once("ward", "k", b"film", make))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(answers.once("ward", "k", b"film", make))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting])
        make.may_end.set()
        return await first, await answers.once("ward", "k", b"film", make)

    (_, is_repeated), (_, is_repeated_later) = asyncio.run(run())
    assert (is_repeated, is_repeated_later) == (False, True)


def test_the_number_of_answers_is_bounded_and_the_oldest_goes_first(answers, monkeypatch):
    monkeypatch.setattr(idempotency, "MAX_ENTRIES", 3)
    make = Maker()
    for key in "abcd":
        once(answers, make, key)
    assert [once(answers, make, key)[1] for key in "bcd"] == [True] * 3
    assert once(answers, make, "a") == (5, False)


def test_their_bytes_are_bounded(answers, monkeypatch):
    monkeypatch.setattr(idempotency, "MAX_BYTES", 250)
    make = Maker(size=100)
    for key in "abc":
        once(answers, make, key)
    assert [once(answers, make, key)[1] for key in "bc"] == [True] * 2
    assert once(answers, make, "a") == (4, False)
    assert once(answers, Maker(size=251), "large") == (1, False)
    assert once(answers, Maker(size=100), "d") == (1, False)  # and the room is free again
    assert once(answers, Maker(size=100), "e") == (1, False)
    assert [once(answers, make, key)[1] for key in "de"] == [True] * 2


@pytest.mark.parametrize(("bound", "most"), [("MAX_BYTES", 1000), ("MAX_ENTRIES", 10)])
def test_one_client_cannot_push_out_the_answers_of_another(answers, monkeypatch, bound, most):
    monkeypatch.setattr(idempotency, bound, most)
    quiet = Maker(size=100)
    for key in "abcde":
        once(answers, quiet, key, client="quiet")
    for number in range(100):
        once(answers, Maker(size=100), str(number), client="greedy")
    assert [once(answers, quiet, key, client="quiet")[1] for key in "abcde"] == [True] * 5
    assert all(once(answers, Maker(), str(number), client="greedy")[1] for number in range(95, 100))
    assert not once(answers, Maker(), "94", client="greedy")[1]


def test_a_client_alone_may_use_all_the_room_and_gives_it_back_to_those_who_come(answers, monkeypatch):
    monkeypatch.setattr(idempotency, "MAX_BYTES", 1000)
    for number in range(10):
        once(answers, Maker(size=100), str(number), client="first")
    assert all(once(answers, Maker(), str(number), client="first")[1] for number in range(10))
    for client in ("second", "third", "fourth"):
        once(answers, Maker(size=100), client=client)
    assert all(once(answers, Maker(), client=client)[1] for client in ("second", "third", "fourth"))
    assert all(once(answers, Maker(), str(number), client="first")[1] for number in range(3, 10))


def test_what_is_under_way_is_not_pushed_out(answers, monkeypatch):
    monkeypatch.setattr(idempotency, "MAX_BYTES", 100)

    async def run():
        slow = Maker(size=10)
        slow.may_end = asyncio.Event()
        waiting = [asyncio.create_task(answers.once("ward", "slow", b"film", slow)) for _ in range(2)]
        await asyncio.sleep(0)
        for key in "abc":
            await answers.once("ward", key, b"film", Maker(size=90))
        slow.may_end.set()
        return [is_repeated for _, is_repeated in await asyncio.gather(*waiting)]

    assert asyncio.run(run()) == [False, True]


def test_expired_answers_give_their_room_back(answers, clock, monkeypatch):
    monkeypatch.setattr(idempotency, "MAX_BYTES", 250)
    for turn in range(20):
        clock[0] = turn * 100.0
        for key in "ab":
            assert once(answers, Maker(size=100), key) == (1, False)
        assert [once(answers, Maker(), key)[1] for key in "ab"] == [True] * 2


@pytest.mark.parametrize("key", ["", "x" * 256, "grün", "a\tb", "\x7f"])
def test_a_key_of_another_form_is_refused(key):
    with pytest.raises(Problem) as refusal:
        check_key(key)
    assert (refusal.value.status, refusal.value.kind) == (400, "malformed-request")


@pytest.mark.parametrize("key", ["x", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a b"])
def test_a_key_of_plain_characters_is_taken(key):
    check_key(key)


def test_the_parts_of_a_request_cannot_be_shifted():
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc") != fingerprint(b"abc")
    assert fingerprint(b"ab", b"c") == fingerprint(b"ab", b"c")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One worker, and the key of another client."""
    folder = tmp_path_factory.mktemp("idempotency")
    other = add_key(folder / "keys.json", "other", (READ_SCOPE,), timedelta(days=1))
    with running(folder, workers=1, rate_per_minute=1_000_000, rate_burst=10_000, client_concurrency=64) as endpoint:
        endpoint.other = other
        yield endpoint


def films_read(server):
    return sum(
        server.metric(f'xray_decisions_total{{decision="{decision}"}}') or 0
        for decision in ("normal", "pneumonia", "covid19", "abstain")
    )


def test_repeats_at_the_same_time_read_the_film_once(server):
    before = films_read(server)
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(server.read_film, headers={"Idempotency-Key": "at-once"}) for _ in range(16)]
        responses = [one.result() for one in asked]
    assert {response.status_code for response in responses} == {200}
    assert len({response.content for response in responses}) == 1
    assert sum("idempotent-replayed" not in response.headers for response in responses) == 1
    assert films_read(server) == before + 1


def test_each_response_to_a_repeat_has_its_own_request_id_in_its_head(server):
    first, again = (server.read_film(headers={"Idempotency-Key": "ids", "X-Request-Id": name}) for name in "ab")
    assert [first.headers["x-request-id"], again.headers["x-request-id"]] == ["a", "b"]
    assert again.json()["request_id"] == "a"


def test_the_key_of_one_client_is_not_that_of_another(server):
    before = films_read(server)
    server.read_film(headers={"Idempotency-Key": "mine"})
    response = server.read_film(headers={"Idempotency-Key": "mine", "X-API-Key": server.other})
    assert response.status_code == 200
    assert "idempotent-replayed" not in response.headers
    assert films_read(server) == before + 2


def test_a_refusal_is_not_kept(server):
    refused = server.read_film(PHANTOM[:2000], headers={"Idempotency-Key": "refused"})
    assert refused.status_code == 422
    response = server.read_film(headers={"Idempotency-Key": "refused"})
    assert response.status_code == 200
    assert "idempotent-replayed" not in response.headers


def test_another_wish_for_the_same_film_is_another_request(server):
    server.read_film(headers={"Idempotency-Key": "wish"})
    response = server.read_film(params={"heatmap": "png"}, headers={"Idempotency-Key": "wish"})
    assert (response.status_code, response.json()["type"].removeprefix("/problems/")) == (422, "idempotency-key-reused")


def test_a_form_sent_again_has_another_boundary_and_is_the_same_request(server):
    def post(boundary):
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: application/dicom\r\n\r\n'
        body = head.encode() + PHANTOM + f"\r\n--{boundary}--\r\n".encode()
        return server.read_film(body, f"multipart/form-data; boundary={boundary}", headers={"Idempotency-Key": "form"})

    first, again = post("one"), post("two")
    assert first.status_code == again.status_code == 200
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content


@pytest.mark.parametrize("key", ["", "x" * 256, "grün"])
def test_a_bad_key_is_refused_at_the_door(server, key):
    response = server.read_film(headers={"Idempotency-Key": key.encode("latin-1")})
    assert response.status_code == 400
    assert response.json()["detail"] == "Idempotency-Key must be 1 to 255 printable ASCII characters."


def raw_request(server, key):
    head = (
        f"POST {FILM} HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.key}\r\nContent-Type: application/dicom\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(PHANTOM)}\r\n\r\n"
    )
    return head.encode() + PHANTOM


def test_a_repeat_is_answered_although_the_first_client_hung_up(server):
    """As after a timeout of the client: it goes, and asks again while its film is still in the queue."""
    with ThreadPoolExecutor(9) as pool:
        busy = [pool.submit(server.read_film, params={"heatmap": "png"}) for _ in range(8)]
        first = socket.create_connection(("127.0.0.1", server.port))
        first.sendall(raw_request(server, "hung-up"))
        again = pool.submit(server.read_film, headers={"Idempotency-Key": "hung-up"})
        time.sleep(0.05)
        first.close()
        assert again.result().status_code == 200
        assert {one.result().status_code for one in busy} == {200}
    later = server.read_film(headers={"Idempotency-Key": "hung-up"})
    assert later.headers["idempotent-replayed"] == "true"
    assert json.loads(later.content)["probabilities"] == again.result().json()["probabilities"]
