"""The server against plain sockets: what is in its queue, what comes with it, and what goes wrong."""

from __future__ import annotations

import os
import resource
import socket
import struct

import pytest

from tests.toys.readiness.conftest import HOST, Stage
from toys.loop import READ, WRITE
from toys.readiness.diary import Diary
from toys.readiness.server import Server, Settings
from toys.toy9.journal import Journal

WITHOUT_LINGER = struct.pack("ii", 1, 0)


def test_a_connection_is_told_in_its_order(stage: Stage) -> None:
    caller = stage.caller(stage.serve())
    caller.sendall(b"hello")
    caller.close()
    stage.loop.run()
    assert [line for line in stage.said if line != "readable accepted1"] == [
        "listening", "readable listener", "accepted accepted1", "received hello", "ended accepted1",
        "closed accepted1", "closed",
    ]  # fmt: skip


def test_all_that_wait_in_the_queue_are_accepted_for_one_readiness(stage: Stage) -> None:
    port = stage.serve()
    for _ in range(3):
        stage.caller(port)
    stage.loop.turn()
    assert stage.said[1:] == ["readable listener", "accepted accepted1", "accepted accepted2", "accepted accepted3"]


def test_neither_the_listener_nor_what_it_accepts_blocks(stage: Stage) -> None:
    port = stage.serve()
    accepted: list[socket.socket] = []
    welcome = stage.server.welcome

    def noted(made: socket.socket) -> None:
        accepted.append(made)
        welcome(made)

    stage.server.welcome = noted  # type: ignore[assignment, method-assign]
    stage.caller(port)
    stage.loop.turn()
    assert [os.get_blocking(made.fileno()) for made in (stage.server.listener, *accepted)] == [False, False]


def test_an_accepted_socket_is_silent_until_something_arrives(stage: Stage) -> None:
    caller = stage.caller(stage.serve())
    stage.loop.turn()
    assert stage.said[-1] == "accepted accepted1"
    caller.sendall(b"hello")
    stage.loop.turn()
    assert stage.said[-2:] == ["readable accepted1", "received hello"]


def test_a_pause_is_not_the_end(stage: Stage) -> None:
    caller = stage.caller(stage.serve(echo=True))
    for text in (b"one", b"two"):
        caller.sendall(text)
        while stage.said[-1] != f"received {text.decode()}":
            stage.loop.turn()
        assert caller.recv(100) == text
    assert "ended accepted1" not in stage.said


def test_who_has_shut_his_sending_side_still_gets_the_answer(stage: Stage) -> None:
    caller = stage.caller(stage.serve(echo=True))
    caller.sendall(b"hello")
    caller.shutdown(socket.SHUT_WR)
    stage.loop.run()
    assert caller.recv(100) == b"hello"
    assert caller.recv(100) == b""


def test_a_large_answer_goes_out_after_the_end_has_come(stage: Stage) -> None:
    port = stage.serve(send=bytes(4_000_000))
    caller = stage.caller(port)
    caller.shutdown(socket.SHUT_WR)
    caller.setblocking(False)
    arrived = 0
    while stage.server.ended == 0:
        stage.loop.soon(lambda: None)
        stage.loop.turn()
        try:
            arrived += len(caller.recv(1 << 20))
        except BlockingIOError:
            continue
    caller.setblocking(True)
    while data := caller.recv(1 << 20):
        arrived += len(data)
    assert arrived == 4_000_000


def test_who_has_ended_is_not_read_any_more_while_the_answer_goes_out(stage: Stage) -> None:
    caller = stage.caller(stage.serve(send=bytes(4_000_000)))
    caller.shutdown(socket.SHUT_WR)
    while "ended accepted1" not in stage.said:
        stage.loop.turn()
    watcher = stage.accepted[0].watcher
    assert watcher is not None
    assert watcher.interest == WRITE


def test_a_greeting_that_does_not_fit_goes_on_when_there_is_room(stage: Stage) -> None:
    caller = stage.caller(stage.serve(send=bytes(4_000_000)))
    caller.setblocking(False)
    arrived = 0
    while arrived < 4_000_000:
        stage.loop.soon(lambda: None)
        stage.loop.turn()
        try:
            arrived += len(caller.recv(1 << 20))
        except BlockingIOError:
            continue
    assert not stage.accepted[0].unsent


def test_a_reset_ends_its_own_connection_and_the_next_one_is_served(stage: Stage) -> None:
    port = stage.serve(connections=2, echo=True)
    first = stage.caller(port)
    first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, WITHOUT_LINGER)
    first.close()
    second = stage.caller(port)
    second.sendall(b"hello")
    second.shutdown(socket.SHUT_WR)
    stage.loop.run()
    assert "reset accepted1" in stage.said
    assert second.recv(100) == b"hello"


def test_nobody_is_accepted_before_the_datagram(stage: Stage) -> None:
    port = stage.serve(after_datagram=True)
    stage.caller(port).close()
    stage.loop.soon(lambda: None)
    stage.loop.turn()
    assert stage.said == ["listening"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knocking:
        knocking.sendto(b"go", (HOST, port))
    stage.loop.run()
    assert "accepted accepted1" in stage.said


def test_without_descriptors_it_looks_away_and_accepts_when_one_is_free(stage: Stage) -> None:
    port = stage.serve()
    stage.caller(port).close()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        stage.loop.turn()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert stage.said[-1] == "exhausted EMFILE"
    assert stage.server.watcher is not None
    assert stage.server.watcher.interest == 0
    stage.server.resume()
    assert stage.server.watcher.interest == READ
    stage.loop.run()
    assert "accepted accepted1" in stage.said


def test_the_end_of_a_connection_lets_it_look_again(stage: Stage) -> None:
    caller = stage.caller(stage.serve(connections=2))
    stage.loop.turn()
    stage.server.pause("EMFILE")
    assert stage.server.watcher is not None
    assert stage.server.watcher.interest == 0
    caller.close()
    stage.loop.turn()
    assert stage.said[-1] == "closed accepted1"
    assert stage.server.watcher.interest == READ


def test_the_options_of_the_listener_reach_the_kernel(stage: Stage) -> None:
    stage.serve(defer_accept_s=5, fast_open=7, backlog=3)
    listener = stage.server.listener
    assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT) >= 5
    assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN) == 7
    assert struct.unpack_from("I", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 28)[0] == 3


def test_a_port_that_is_taken_raises(stage: Stage) -> None:
    with socket.create_server((HOST, 0)) as listening:
        server = Server(stage.loop, Diary(Journal(None), stage.said.append), Settings())
        with pytest.raises(OSError, match="Address already in use"):
            server.listen(HOST, listening.getsockname()[1])
    assert stage.said == []
