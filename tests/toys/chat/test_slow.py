"""Who does not read is seen, told and dropped; who reads notices nothing, and memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.toys.chat.conftest import Caller, House
from toys.loop import BACKENDS

LINE = b"x" * 1000 + b"\n"
RECEIVE_BUFFER = 4096
QUEUE = 1 << 16


@pytest.fixture(params=list(BACKENDS))
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    made = House(request.param, send_buffer=1 << 16, queue_bytes=QUEUE)
    yield made
    made.close()


@pytest.fixture
def anna(house: House) -> Caller:
    return house.enter(1)[0]


@pytest.fixture
def berta(house: House, anna: Caller) -> Caller:
    return house.enter(1)[0]


@pytest.fixture
def slow(house: House, berta: Caller) -> Caller:
    """Client 7, who reads only when a test does."""
    caller = house.call(SO_RCVBUF=RECEIVE_BUFFER)
    house.settle()
    berta.heard()
    return caller


def waiting_for(house: House, caller: Caller) -> int:
    """How much waits for the caller; nothing for who is gone."""
    number = house.callers.index(caller) + 5
    guest = house.server._guests.get(number)
    return guest.connection.waiting if guest else 0


def say(house: House, speaker: Caller, listener: Caller) -> bytes:
    """What the listener hears when a line is said, from the turn in which it was."""
    speaker.send(LINE)
    heard = b""
    while LINE not in heard:
        house.settle(1)
        heard += listener.heard()
    return heard


def say_until_it_is_slow(house: House, speaker: Caller, listener: Caller, slow: Caller) -> int:
    """How many lines that took."""
    count = 0
    while waiting_for(house, slow) <= QUEUE // 2:
        say(house, speaker, listener)
        count += 1
    return count


def catch_up(house: House, slow: Caller, count: int) -> bytes:
    heard = b""
    while heard.count(LINE) < count:
        heard += slow.heard()
        house.settle(1)
    return heard


def test_a_client_who_does_not_read_is_dropped_and_the_others_are_told(
    house: House, anna: Caller, berta: Caller, slow: Caller
) -> None:
    heard = b""
    while b"left" not in heard:
        heard += say(house, anna, berta)
        house.settle(1)
        heard += berta.heard()
    assert heard.count(b"* Client 7 left (too slow)\n") == 1
    assert [word.split()[0] for word in house.said("slow")] == ["7"]
    with pytest.raises(ConnectionResetError):
        slow.heard()


def test_a_client_who_reads_late_but_in_time_loses_nothing_and_is_told(
    house: House, anna: Caller, berta: Caller, slow: Caller
) -> None:
    count = say_until_it_is_slow(house, anna, berta, slow)
    heard = catch_up(house, slow, count)
    assert heard.count(b"* you are slow: ") == 1
    assert heard.count(LINE) == count
    assert berta.heard() == b""


def test_a_client_who_has_caught_up_may_be_slow_again(house: House, anna: Caller, berta: Caller, slow: Caller) -> None:
    for times in (1, 2):
        count = say_until_it_is_slow(house, anna, berta, slow)
        catch_up(house, slow, count)
        assert len(house.said("slow")) == 1, times


def test_no_more_waits_for_a_client_than_may(house: House, anna: Caller, berta: Caller, slow: Caller) -> None:
    sizes = []
    while b"left" not in say(house, anna, berta):
        sizes.append(waiting_for(house, slow))
    assert QUEUE // 2 < max(sizes) <= QUEUE


def test_a_flood_from_one_client_is_heard_in_turn_with_the_others(house: House, anna: Caller, berta: Caller) -> None:
    [carla] = house.enter(1)
    anna.socket.setblocking(False)
    anna.socket.send(b"flood\n" * 200_000)  # as much of it as there is room for
    berta.send(b"and me\n")
    house.settle(1)
    assert b"and me\n" in carla.heard()


def test_a_flood_is_heard_to_its_end_and_nobody_who_reads_is_dropped_for_it(
    house: House, anna: Caller, berta: Caller
) -> None:
    heard = b""
    for _ in range(20):
        anna.send(b"flood\n" * 1000)
        while heard.count(b"flood\n") % 1000 or not heard:
            house.settle(1)
            heard += berta.heard()
    while heard.count(b"flood\n") < 20_000:
        house.settle(1)
        heard += berta.heard()
    assert heard.count(b"left") == 0


def test_a_flood_from_all_at_once_drops_nobody_who_reads(house: House) -> None:
    """What one turn brings is bounded for all together: tiny lines grow most, by the names before them."""
    callers = house.enter(20)
    for caller in callers:
        caller.send(b"x\n" * 2000)
    heard = [b""] * len(callers)
    while min(said.count(b"x\n") for said in heard) < 19 * 2000:
        house.settle(1)
        heard = [said + caller.heard() for said, caller in zip(heard, callers, strict=True)]
    assert len(house.server.room.members) == 20
