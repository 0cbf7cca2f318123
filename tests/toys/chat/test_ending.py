"""Every end is known, told to the others once, and costs the server nothing."""

from __future__ import annotations

import os
import socket
import struct

import pytest

from tests.toys.chat.conftest import Caller, House

RESET = struct.pack("ii", 1, 0)


def by_quit(caller: Caller) -> None:
    caller.send(b"/quit\n")


def by_fin(caller: Caller) -> None:
    caller.socket.shutdown(socket.SHUT_WR)


def by_reset(caller: Caller) -> None:
    caller.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    caller.close()


ENDS = {
    by_quit: b"* Client 5 left\n", by_fin: b"* Client 5 left\n", by_reset: b"* Client 5 left (connection lost)\n",
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_an_end_is_told_to_the_others_once(house: House, end: object) -> None:
    anna, berta = house.enter(2)
    end(anna)  # type: ignore[operator]
    house.settle()
    berta.send(b"is somebody there?\n")
    house.settle()
    assert berta.heard() == ENDS[end]  # type: ignore[index]


@pytest.mark.parametrize("end", ENDS)
def test_after_an_end_the_descriptor_is_free(house: House, end: object) -> None:
    before = len(os.listdir("/proc/self/fd"))
    [anna] = house.enter(1)
    end(anna)  # type: ignore[operator]
    house.settle()
    anna.close()
    house.settle()
    assert len(os.listdir("/proc/self/fd")) == before


def test_who_quits_gets_a_farewell_and_then_the_end(house: House) -> None:
    [anna] = house.enter(1)
    anna.send(b"/quit\nnot heard any more\n")
    house.settle()
    assert anna.heard() == b"* bye\n"
    assert anna.is_at_the_end


def test_who_ends_its_side_still_gets_what_was_said_in_the_same_turn(house: House) -> None:
    anna, berta = house.enter(2)
    berta.send(b"for anna\n")
    anna.socket.shutdown(socket.SHUT_WR)
    house.settle()
    assert anna.heard() in (b"[Client 6] for anna\n", b""), "as the poller happened to report them"
    assert anna.is_at_the_end
    assert berta.heard() == b"* Client 5 left\n"


def test_a_reset_in_the_middle_of_a_broadcast_harms_nobody_else(house: House) -> None:
    callers = house.enter(5)
    by_reset(callers[2])
    callers[0].send(b"one\n")
    house.settle()
    callers[0].send(b"two\n")
    house.settle()
    for caller in (callers[1], callers[3], callers[4]):
        heard = caller.heard()
        assert [heard.count(text) for text in (b"one\n", b"two\n", b"left (connection lost)\n")] == [1, 1, 1]


def test_many_may_go_in_one_turn(house: House) -> None:
    callers = house.enter(30)
    for caller in callers[1:]:
        by_reset(caller)
    house.settle()
    assert callers[0].heard().count(b"left") == 29
    assert len(house.server.room.members) == 1


def test_all_are_told_when_the_server_ends_and_then_it_is_at_rest(house: House) -> None:
    callers = house.enter(3)
    house.server.shut_down()
    house.settle()
    for caller in callers:
        assert caller.heard() == b"* the server ends\n"
        assert caller.is_at_the_end
        caller.close()
    house.settle()
    assert house.server._guests == {}
    with pytest.raises(ConnectionRefusedError):
        house.call()


def test_who_waits_for_nothing_costs_no_turns(house: House) -> None:
    """With everybody idle, a wait without a limit would be for ever: it is given one, and nothing comes."""
    anna, berta = house.enter(2)
    anna.send(b"/quit\n")
    house.settle()
    anna.close()
    house.settle()
    berta.heard()
    turns = []
    house.loop.after(0.05, lambda: turns.append("timer"))
    house.loop.turn()
    assert turns == ["timer"], "the first thing that happened was the timer"
