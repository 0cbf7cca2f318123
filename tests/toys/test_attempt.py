"""How an attempt goes, in single step: each turn of the loop, then what the journal says, line by line."""

from __future__ import annotations

import errno
import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from tests.toys.steps import ESTABLISHED, accept, start, told
from toys.toy9.loop import Dial
from toys.toy9.sockets import Wishes

if TYPE_CHECKING:
    from tests.toys.conftest import Bench

NOWHERE = "255.255.255.255"
"""TCP goes to no broadcast address: connect() fails at once, and nothing leaves the machine."""


def test_a_conversation(bench: Bench, listener: socket.socket) -> None:
    bench.client.send(b"hello")
    dial = start(bench, *listener.getsockname())
    assert told(bench) == ["queued 5", *ESTABLISHED[:2]]
    dial.turn()
    assert told(bench) == ["queued 5", *ESTABLISHED, "outputSent()"]
    with accept(listener) as peer:
        assert peer.recv(9) == b"hello"
        peer.send(b"you too")
        dial.turn()
        bench.client.send(b"bye")
        assert told(bench)[-4:] == ["received you too", "inputReady(7)", "queued 3", "outputSent()"]
        assert peer.recv(9) == b"bye"
    dial.turn()
    assert told(bench)[-2:] == ["end eof", "connected -> closed"]


def test_a_refusal(bench: Bench, closed_port: int) -> None:
    bench.client.send(b"never leaves")
    start(bench, "127.0.0.1", closed_port).turn()
    assert told(bench) == [
        "queued 12",
        *ESTABLISHED[:3],
        "connecting -> error",
        "error refused: connection refused",
        "errorEncountered(ECONNREFUSED)",
    ]
    assert bench.client.socket is None


def test_a_failure_that_is_known_at_once_waits_for_nothing(bench: Bench) -> None:
    start(bench, NOWHERE, 9)
    assert told(bench) == [
        "idle -> connecting",
        "connecting -> error",
        "error network-unreachable: network unreachable",
        "errorEncountered(ENETUNREACH)",
    ]


def test_the_timer_ends_the_attempt_and_its_socket(bench: Bench, full_port: int) -> None:
    dial = start(bench, "127.0.0.1", full_port, timeout_ms=30)
    while not bench.client.is_over:
        dial.turn()
    assert told(bench)[-3:] == ["connecting -> error", "error timed-out: timed out", "errorEncountered(ETIMEDOUT)"]
    assert bench.client.socket is None


def test_what_has_happened_goes_before_the_timer(bench: Bench, listener: socket.socket) -> None:
    dial = start(bench, *listener.getsockname(), timeout_ms=1)
    threading.Event().wait(0.005)
    assert dial.left_ms() == 0
    dial.turn()
    assert told(bench) == ESTABLISHED
    assert dial.left_ms() is None, "the timer counts no more"


def test_an_interrupted_connect_is_awaited_like_one_in_progress(bench: Bench, listener: socket.socket) -> None:
    """No signal can be timed to fall into a loopback connect(), so the kernel's answer is put in its place."""
    call = bench.client.call_connect
    bench.client.call_connect = lambda address: call(address) and errno.EINTR  # type: ignore[method-assign]
    start(bench, *listener.getsockname()).turn()
    assert told(bench) == ESTABLISHED


def test_who_meets_itself_is_not_connected(bench: Bench, closed_port: int) -> None:
    bench.client.wishes = Wishes(bind_to=("127.0.0.1", closed_port))
    start(bench, "127.0.0.1", closed_port).turn()
    assert told(bench)[3:] == [
        "connecting -> error",
        "error connected-to-itself: connected to itself",
        "errorEncountered(ECONNREFUSED)",
    ]


def test_the_local_address_can_be_chosen(bench: Bench, listener: socket.socket, closed_port: int) -> None:
    bench.client.wishes = Wishes(bind_to=("127.0.0.2", closed_port))
    start(bench, *listener.getsockname()).turn()
    assert (bench.client.local_ip, bench.client.local_port) == ("127.0.0.2", closed_port)
    peer, caller = listener.accept()
    peer.close()
    assert caller == ("127.0.0.2", closed_port)


def test_a_blocking_connect_ends_at_its_timeout(bench: Bench, full_port: int) -> None:
    Dial(bench.client, bench.poller, "127.0.0.1", full_port, timeout_ms=50, family="any").run(blocking=True)
    assert told(bench) == [
        "idle -> connecting",
        "connecting -> error",
        "error timed-out: timed out",
        "errorEncountered(ETIMEDOUT)",
    ]


@pytest.mark.parametrize("blocking", [False, True])
def test_no_descriptor_is_left(bench: Bench, closed_port: int, blocking: bool) -> None:
    before = os.listdir("/proc/self/fd")
    Dial(bench.client, bench.poller, "127.0.0.1", closed_port, timeout_ms=0, family="any").run(blocking)
    assert os.listdir("/proc/self/fd") == before
