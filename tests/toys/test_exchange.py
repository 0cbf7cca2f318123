"""What leaves and what arrives once the connection stands, in single step, and how it ends."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.toys.steps import ESTABLISHED, accept, reset, start, told, turn_at_once
from toys.toy9.sockets import Wishes

if TYPE_CHECKING:
    from tests.toys.conftest import Bench


def test_a_reset_is_an_error_and_an_end(bench: Bench, listener: socket.socket) -> None:
    dial = start(bench, *listener.getsockname())
    dial.turn()
    reset(accept(listener))
    dial.turn()
    assert told(bench)[len(ESTABLISHED) :] == [
        "end reset",
        "connected -> error",
        "error reset: connection reset",
        "errorEncountered(ECONNRESET)",
    ]


def test_a_reset_that_a_write_meets_is_the_same(bench: Bench, listener: socket.socket) -> None:
    start(bench, *listener.getsockname()).turn()
    reset(accept(listener))
    bench.client.send(b"too late")
    assert told(bench)[-4:] == [
        "end reset",
        "connected -> error",
        "error reset: connection reset",
        "errorEncountered(ECONNRESET)",
    ]


def test_no_output_is_no_output(bench: Bench, listener: socket.socket) -> None:
    bench.client.send(b"")
    start(bench, *listener.getsockname()).turn()
    bench.client.send(b"")
    assert told(bench) == ESTABLISHED


def test_what_is_no_text_is_told_readably(bench: Bench, listener: socket.socket) -> None:
    dial = start(bench, *listener.getsockname())
    dial.turn()
    with accept(listener) as peer:
        peer.send(b"a\xff\n")
        dial.turn()
    assert told(bench)[-2:] == ["received a\\xff\n", "inputReady(3)"]


def test_an_edge_is_read_to_its_end_and_a_level_once(
    bench: Bench, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toys.toy9.exchange.CHUNK", 4)
    dial = start(bench, *listener.getsockname())
    dial.turn()
    with accept(listener) as peer:
        peer.send(b"one, two")
        dial.turn()
        pieces = [line for line in told(bench) if line.startswith("received")]
        assert pieces == (["received one,", "received  two"] if bench.poller.is_edge_triggered else ["received one,"])


def test_a_partial_write_is_continued_and_told_once(bench: Bench, listener: socket.socket) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    bench.client.wishes = Wishes(send_buffer=4096)
    pieces = [bytes([number]) * 30_000 for number in range(5)]
    for piece in pieces:
        bench.client.send(piece)
    dial = start(bench, *listener.getsockname())
    dial.turn()
    assert bench.callbacks == ["connectionEstablished"], "the kernel has no room for all of it"
    heard = bytearray()
    with accept(listener) as peer:
        while bench.client.queue:
            heard += peer.recv(5000)
            turn_at_once(dial)
        assert bench.callbacks == ["connectionEstablished", "outputSent"]
        bench.client.close()
        while chunk := peer.recv(65_536):
            heard += chunk
    assert bytes(heard) == b"".join(pieces)


def test_room_is_watched_for_only_while_something_is_queued(bench: Bench, listener: socket.socket) -> None:
    start(bench, *listener.getsockname()).turn()
    bench.client.send(b"hello")
    assert bench.poller.wait(0) == []


def test_who_hears_the_peers_end_still_sends_what_is_queued(bench: Bench, listener: socket.socket) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    bench.client.wishes = Wishes(send_buffer=4096)
    bench.client.send(bytes(100_000))
    dial = start(bench, *listener.getsockname())
    dial.turn()
    with accept(listener) as peer:
        peer.shutdown(socket.SHUT_WR)
        heard = 0
        while not bench.client.is_over:
            heard += len(peer.recv(5000))
            turn_at_once(dial)
        while chunk := peer.recv(65_536):
            heard += len(chunk)
    assert heard == 100_000
    assert told(bench)[-3:] == ["outputSent()", "end eof", "connected -> closed"]


def test_the_sending_side_is_shut_and_the_answer_is_read(bench: Bench, listener: socket.socket) -> None:
    dial = start(bench, *listener.getsockname())
    dial.turn()
    with accept(listener) as peer:
        bench.client.end_output()
        assert peer.recv(9) == b""
        peer.send(b"answer")
        dial.turn()
    turn_at_once(dial)
    assert told(bench)[len(ESTABLISHED) :][:2] == ["received answer", "inputReady(6)"]


def test_to_shut_a_connection_that_was_reset_leaves_the_reset_to_the_next_read(
    bench: Bench, listener: socket.socket
) -> None:
    dial = start(bench, *listener.getsockname())
    dial.turn()
    reset(accept(listener))
    bench.client.end_output()
    dial.turn()
    assert told(bench)[-1] == "errorEncountered(ECONNRESET)"
