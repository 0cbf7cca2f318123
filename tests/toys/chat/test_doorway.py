"""Who comes is let in, turned away or kept waiting, and a wall is not run against."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator

import pytest

from tests.toys.chat.conftest import House
from toys.chat.doorway import listening, vigilance


def test_all_who_wait_are_let_in_by_one_report_of_the_poller(house: House) -> None:
    callers = [house.call() for _ in range(20)]
    house.settle(1)
    assert [caller.heard().startswith(b"* welcome, Client ") for caller in callers] == [True] * 20


def test_who_is_one_too_many_is_told_and_may_come_later(small_house: House) -> None:
    anna, _ = small_house.enter(2)
    carla = small_house.call()
    small_house.settle()
    assert carla.heard() == b"* the room is full (2), come again later\n"
    assert carla.is_at_the_end
    anna.close()
    small_house.settle()
    dora = small_house.call()
    small_house.settle()
    assert dora.heard().startswith(b"* welcome, Client 8; 2 here")


def test_a_number_is_never_given_again(house: House) -> None:
    for number in range(5, 15):
        caller = house.call()
        house.settle()
        assert caller.heard().startswith(b"* welcome, Client %d;" % number)
        caller.close()
        house.settle()


def test_a_storm_of_callers_who_hang_up_leaves_nothing_behind(house: House) -> None:
    [anna] = house.enter(1)
    for _ in range(10):
        for caller in [house.call() for _ in range(30)]:
            caller.close()
        house.settle()
    heard = anna.heard()
    assert heard.count(b"joined\n") == heard.count(b"left") == 300
    assert len(house.server._guests) == 1


@pytest.fixture
def few_descriptors(house: House) -> Iterator[House]:
    """Callers are connected before the limit is lowered to what is open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    [house.call() for _ in range(3)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (_highest_descriptor() + 2, hard))
    yield house
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _highest_descriptor() -> int:
    with socket.socket() as probe:
        return probe.fileno() - 1


def test_without_descriptors_accepting_pauses_and_goes_on_when_one_is_free(few_descriptors: House) -> None:
    house = few_descriptors
    house.settle()
    assert house.said("paused") == ["EMFILE"]
    house.settle(100)
    assert house.said("paused") == [], "while it pauses, it does not try"
    inside = [caller for caller in house.callers if caller.heard()]
    inside[0].send(b"/quit\n")
    house.settle()
    inside[0].heard()
    inside[0].socket.shutdown(socket.SHUT_WR)
    house.settle()
    assert len([caller for caller in house.callers if b"welcome" in caller.heard()]) == 1


def test_a_pause_ends_by_itself(few_descriptors: House) -> None:
    house = few_descriptors
    house.settle()
    assert house.said("paused") == ["EMFILE"]
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    begun = time.monotonic()
    house.loop.turn()  # until the pause is over
    assert time.monotonic() - begun > 0.5
    house.settle()
    assert all(b"welcome" in caller.heard() for caller in house.callers)


def test_what_is_set_on_the_listener_holds_for_whom_it_accepts() -> None:
    options = {
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 16,
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 2,
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): 8000,
        (socket.IPPROTO_TCP, socket.TCP_NODELAY): 1,
    }
    with listening("127.0.0.1", 0, vigilance(8)) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert {option: accepted.getsockopt(*option) for option in options} == options


@pytest.mark.parametrize(("address", "callers"), [("", ["127.0.0.1", "::1"]), ("::1", ["::1"])])
def test_no_address_means_all_of_both_families(address: str, callers: list[str]) -> None:
    house = House("epoll", address)
    for caller in callers:
        assert house.call(caller).socket.getpeername()[1] == house.port
    house.settle()
    assert len(house.server.room.members) == len(callers)
    house.close()
