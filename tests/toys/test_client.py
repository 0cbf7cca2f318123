"""The connection of toy9, over each poller: its states, its callbacks, its output."""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toys.toy9.client import Client
from toys.toy9.journal import Journal
from toys.toy9.loop import Dial
from toys.toy9.pollers import Epoll
from toys.toy9.sockets import Wishes
from toys.toy9.states import NEXT

if TYPE_CHECKING:
    from tests.toys.conftest import Bench


def dial(bench: Bench, port: int, *, timeout_ms: int = 5000, blocking: bool = False, host: str = "127.0.0.1") -> Client:
    Dial(bench.client, bench.poller, host, port, timeout_ms=timeout_ms, family="ipv4").run(blocking)
    return bench.client


def close_when(bench: Bench, callback: str) -> None:
    bench.client.tell_with({callback: lambda *args: bench.client.close()})


def test_a_connection_has_its_endpoints_and_ends_well(bench: Bench, listener: socket.socket) -> None:
    close_when(bench, "connectionEstablished")
    client = dial(bench, listener.getsockname()[1])
    assert bench.states == ["connecting", "connected", "closed"]
    assert bench.callbacks == ["connectionEstablished"]
    assert (client.remote_ip, client.remote_port) == listener.getsockname()
    assert client.local_ip == "127.0.0.1"
    accepted, caller = listener.accept()
    accepted.close()
    assert client.local_port == caller[1]


def test_a_closed_port_is_refused_once_and_names_no_endpoints(bench: Bench, closed_port: int) -> None:
    client = dial(bench, closed_port)
    assert bench.states == ["connecting", "error"]
    assert bench.callbacks == ["errorEncountered"]
    assert client.failure is not None
    assert (client.failure.code, client.failure.status) == ("refused", 10)
    assert (client.local, client.remote, client.local_ip, client.remote_port) == (None, None, None, None)


def test_waiting_for_connection_is_true_from_the_call_to_the_decision(bench: Bench, closed_port: int) -> None:
    dial(bench, closed_port)
    facts = [fact["text"] for fact in bench.said("fact") if fact["name"] == "waitingForConnection"]
    assert facts == ["true", "false"]


def test_blocking_has_the_same_states_and_callbacks(bench: Bench, listener: socket.socket) -> None:
    close_when(bench, "connectionEstablished")
    dial(bench, listener.getsockname()[1], blocking=True)
    assert bench.states == ["connecting", "connected", "closed"]
    assert bench.callbacks == ["connectionEstablished"]


def test_the_peers_end_is_no_error_and_its_reset_is_one(bench: Bench, listener: socket.socket) -> None:
    bench.client.tell_with({"connectionEstablished": lambda: listener.accept()[0].close()})
    dial(bench, listener.getsockname()[1])
    assert bench.states == ["connecting", "connected", "closed"]


def test_a_reset_is_announced_as_an_error(bench: Bench, listener: socket.socket) -> None:
    def reset() -> None:
        accepted, _ = listener.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()

    bench.client.tell_with({"connectionEstablished": reset})
    client = dial(bench, listener.getsockname()[1])
    assert bench.states == ["connecting", "connected", "error"]
    assert client.failure is not None
    assert client.failure.code == "reset"


def test_an_address_that_never_answers_ends_by_the_timeout(bench: Bench, full_port: int) -> None:
    client = dial(bench, full_port, timeout_ms=150)
    assert bench.states == ["connecting", "error"]
    assert client.failure is not None
    assert client.failure.code == "timed-out"


def test_a_name_is_looked_up_and_connected_to(bench: Bench, listener: socket.socket) -> None:
    close_when(bench, "connectionEstablished")
    dial(bench, listener.getsockname()[1], host="localhost")
    assert bench.states == ["connecting", "connected", "closed"]


@pytest.mark.parametrize(("old", "new"), [(a, b) for a in NEXT for b in NEXT if b not in NEXT[a]])
def test_a_state_that_cannot_follow_does_not(old: str, new: str) -> None:
    poller = Epoll()
    client = Client(poller, Journal(None))
    client.state = old
    with pytest.raises(ValueError, match="cannot follow"):
        client.enter(new)
    poller.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(min_size=1, max_size=60_000), min_size=1, max_size=6))
def test_whatever_is_queued_arrives_whole_and_in_order(listener: socket.socket, pieces: list[bytes]) -> None:
    heard = bytearray()

    def hear() -> None:
        accepted, _ = listener.accept()
        with accepted:
            while chunk := accepted.recv(3000):
                heard.extend(chunk)

    peer = threading.Thread(target=hear)
    peer.start()
    poller = Epoll()
    client = Client(poller, Journal(None))
    client.wishes = Wishes(send_buffer=4096)
    client.tell_with({"outputSent": lambda: None if client.queue else client.close()})
    for piece in pieces:
        client.send(piece)
    Dial(client, poller, *listener.getsockname(), timeout_ms=5000, family="any").run()
    peer.join()
    poller.close()
    assert bytes(heard) == b"".join(pieces)
