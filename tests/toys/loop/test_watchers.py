"""Watchers on every poller: who is told what, and that a descriptor's number is nobody's name."""

from __future__ import annotations

import os
import socket
import weakref
from functools import partial

import pytest

from tests.toys.loop.conftest import Pair
from toys.loop import RDHUP, READ, WRITE, Loop, Watcher


def test_input_and_room_are_told_apart(loop: Loop, pair: Pair) -> None:
    here, there = pair
    told: list[int] = []
    loop.watch(here, READ | WRITE, told.append)
    loop.turn()
    there.send(b"x")
    loop.turn()
    assert told == [WRITE, READ | WRITE]


def test_only_what_is_asked_for_is_told(loop: Loop, pair: Pair) -> None:
    here, there = pair
    there.send(b"x")
    told: list[int] = []
    watcher = loop.watch(here, WRITE, told.append)
    loop.turn()
    watcher.set(READ)
    loop.turn()
    assert told == [WRITE, READ]


def test_a_level_is_told_at_each_turn_and_an_edge_once(loop: Loop, pair: Pair) -> None:
    told: list[int] = []
    loop.watch(pair[0], WRITE, told.append)
    for _ in range(3):
        loop.soon(lambda: None)
        loop.turn()
    assert len(told) == (1 if loop.is_edge_triggered else 3)


def test_a_rearmed_edge_is_told_again(loop: Loop, pair: Pair) -> None:
    told: list[int] = []
    watcher = loop.watch(pair[0], WRITE, told.append)
    for _ in range(3):
        watcher.rearm()
        loop.turn()
    assert told == [WRITE] * 3


def test_setting_what_is_set_does_not_rearm_an_edge(loop: Loop, pair: Pair) -> None:
    told: list[int] = []
    watcher = loop.watch(pair[0], WRITE, told.append)
    for _ in range(3):
        watcher.set(WRITE)
        loop.soon(lambda: None)
        loop.turn()
    assert len(told) == (1 if loop.is_edge_triggered else 3)


def test_a_paused_watcher_hears_nothing_not_even_a_hang_up(loop: Loop, pair: Pair) -> None:
    here, there = pair
    told: list[int] = []
    watcher = loop.watch(here, READ, told.append)
    watcher.set(0)
    there.close()
    loop.soon(lambda: None)
    loop.turn()
    assert told == []
    watcher.set(READ)
    loop.turn()
    assert told == [READ]


def test_the_peers_end_is_input_for_whoever_reads_and_room_for_whoever_writes(loop: Loop, pair: Pair) -> None:
    here, there = pair
    told: list[int] = []
    watcher = loop.watch(here, READ, told.append)
    there.close()
    loop.turn()
    watcher.set(WRITE)
    loop.turn()
    assert told == [READ, WRITE]


def test_a_hang_up_alone_is_told_to_the_reader_of_a_pipe_and_an_error_alone_to_its_writer(loop: Loop) -> None:
    told: list[int] = []
    reader, writer = os.pipe2(os.O_NONBLOCK)
    os.close(writer)
    loop.watch(reader, READ, told.append)
    loop.turn()
    other_reader, other_writer = os.pipe2(os.O_NONBLOCK)
    os.write(other_writer, bytes(1 << 16))
    os.close(other_reader)
    loop.watch(other_writer, WRITE, told.append)
    loop.turn()
    os.close(reader)
    os.close(other_writer)
    assert told[0] == READ
    assert WRITE in told


def test_the_end_of_the_peers_sending_is_told_to_who_asks(loop: Loop, pair: Pair) -> None:
    here, there = pair
    told: list[int] = []
    loop.watch(here, READ | RDHUP, told.append)
    there.shutdown(socket.SHUT_WR)
    loop.turn()
    assert told[0] & READ
    assert told[0] in (READ | RDHUP, READ)  # select() has no set for it


def test_a_refused_connection_is_room_and_input(loop: Loop, pair: Pair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
    told: list[int] = []
    with socket.socket() as caller:
        caller.setblocking(False)
        caller.connect_ex(address)
        watcher = loop.watch(caller, WRITE, told.append)
        loop.turn()
        watcher.stop()
    assert told == [WRITE]


def test_a_stopped_watcher_is_not_told_what_was_fetched_for_it(loop: Loop, pair: Pair, other_pair: Pair) -> None:
    told: list[str] = []
    watchers: list[Watcher] = []

    def tell(name: str, other: int) -> None:
        told.append(name)
        watchers[other].stop()

    watchers.append(loop.watch(pair[0], WRITE, lambda _: tell("first", 1)))
    watchers.append(loop.watch(other_pair[0], WRITE, lambda _: tell("second", 0)))
    loop.turn()
    assert len(told) == 1


def test_a_new_socket_with_the_number_of_an_old_one_does_not_inherit_its_readiness(
    loop: Loop, pair: Pair, other_pair: Pair
) -> None:
    """Both are ready in one batch; whoever is called first replaces the other by a socket that has nothing to say."""
    told: list[str] = []
    silent, speaker = socket.socketpair()
    watchers: dict[int, Watcher] = {}

    def replace(me: int, other: int, _: int) -> None:
        told.append("old")
        watchers[me].stop()
        watchers[other].stop()
        os.dup2(silent.fileno(), other)  # closes the old socket, and gives its number to the new one
        loop.watch(other, READ, lambda _: told.append("new"))

    with silent, speaker:
        numbers = [pair[0].fileno(), other_pair[0].fileno()]
        for me, other in (numbers, numbers[::-1]):
            watchers[me] = loop.watch(me, READ, partial(replace, me, other))
        pair[1].send(b"x")
        other_pair[1].send(b"x")
        loop.turn()
        assert told == ["old"]
        speaker.send(b"x")
        loop.turn()
        assert told == ["old", "new"]


def test_a_stopped_watcher_stays_stopped_when_its_number_is_anothers(loop: Loop, pair: Pair) -> None:
    told: list[str] = []
    old = loop.watch(pair[0], READ, lambda _: told.append("old"))
    old.stop()
    new = loop.watch(pair[0], READ, lambda _: told.append("new"))
    pair[1].send(b"x")
    old.set(WRITE)
    old.rearm()
    old.stop()
    loop.turn()
    assert told == ["new"]
    assert new.interest == READ


def test_a_change_of_interest_holds_for_what_was_fetched_already(loop: Loop, pair: Pair, other_pair: Pair) -> None:
    told: list[str] = []
    watchers: list[Watcher] = []

    def tell(name: str, other: int) -> None:
        told.append(name)
        watchers[other].set(READ)

    watchers.append(loop.watch(pair[0], WRITE, lambda _: tell("first", 1)))
    watchers.append(loop.watch(other_pair[0], WRITE, lambda _: tell("second", 0)))
    loop.turn()
    assert len(told) == 1


def test_one_descriptor_has_one_watcher(loop: Loop, pair: Pair) -> None:
    told: list[int] = []
    loop.watch(pair[0], WRITE, told.append)
    with pytest.raises(ValueError, match="watched already"):
        loop.watch(pair[0], READ, told.append)
    loop.turn()
    assert told == [WRITE]


def test_a_closed_socket_cannot_be_watched_and_leaves_nothing_behind(loop: Loop, pair: Pair) -> None:
    gone = socket.socket()
    gone.close()
    told: list[int] = []
    if refused := _is_refused(loop, gone):
        loop.watch(pair[0], WRITE, told.append).set(WRITE)
        loop.turn()
    assert (refused, told) == (True, [WRITE])


def _is_refused(loop: Loop, gone: socket.socket) -> bool:
    try:
        loop.watch(gone, READ, lambda _: None)
    except (OSError, ValueError):
        return True
    return False


def test_what_epoll_refuses_leaves_nothing_behind() -> None:
    loop = Loop("epoll")
    with open(__file__, "rb") as file:
        for _ in range(2):
            with pytest.raises(PermissionError):
                loop.watch(file, READ, lambda _: None)
    loop.run()  # would wait for ever if it still had the watcher
    loop.close()


def test_select_refuses_a_number_that_it_cannot_hold_and_goes_on(pair: Pair) -> None:
    loop = Loop("select")
    told: list[int] = []
    with pytest.raises(ValueError, match="1024"):
        loop.watch(1024, READ, told.append)
    loop.watch(pair[0], WRITE, told.append)
    loop.turn()
    assert told == [WRITE]


def test_stopping_after_the_socket_was_closed_is_told_and_leaves_nothing_behind() -> None:
    loop = Loop("epoll")
    here, there = socket.socketpair()
    watcher = loop.watch(here, READ, lambda _: None)
    here.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        watcher.stop()
    there.close()
    loop.run()
    loop.close()


class Owner:
    """Has a watcher that calls it."""

    def __init__(self, loop: Loop, sock: socket.socket) -> None:
        self.watcher = loop.watch(sock, READ, self.ready)

    def ready(self, ready: int) -> None:
        """Never."""


def test_a_stopped_watcher_is_no_circle_with_who_has_it(loop: Loop, pair: Pair) -> None:
    owner = Owner(loop, pair[0])
    seen = weakref.ref(owner)
    owner.watcher.stop()
    del owner
    assert seen() is None
