"""The server role: one connection, its endpoints, what it said, and how it ended."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.toys.program import Running, toy9
from toys.toy9.pollers import POLLERS

Serving = tuple[Running, socket.socket]


@contextmanager
def serving(address: str, port: int, *options: str) -> Iterator[Serving]:
    """A server that listens, and a caller that it has accepted."""
    with toy9("listen", address, port, *options) as running:
        assert running.says("listening")
        with socket.create_connection((address, port), timeout=10) as caller:
            assert running.says("accepted")
            yield running, caller


@pytest.mark.parametrize("poller", POLLERS)
def test_it_says_back_whatever_it_hears(free_port: int, poller: str) -> None:
    with serving("127.0.0.1", free_port, "--echo", "--poller", poller) as (running, caller):
        for text in (b"hello", b"x" * 5000):
            caller.sendall(text)
            heard = b""
            while len(heard) < len(text):
                heard += caller.recv(65_536)
            assert heard == text
        caller.close()
        done = running.finish()
    assert done.status == 0
    assert done.states == ["listening", "accepted", "closed"]
    assert done.facts("local") == [f"127.0.0.1:{free_port}"]
    assert done.facts("end") == ["eof"]


@pytest.mark.parametrize("poller", POLLERS)
def test_it_waits_for_room_when_the_caller_is_slow(free_port: int, poller: str) -> None:
    """More than both kernels' buffers hold comes back whole, because the caller reads nothing until all is sent."""
    size, sent, heard = 400_000, 0, 0
    with serving("127.0.0.1", free_port, "--echo", "--poller", poller) as (running, caller):
        caller.setblocking(False)
        while heard < size:
            if sent < size:
                try:
                    sent += caller.send(b"x" * min(65_536, size - sent))
                    continue
                except BlockingIOError:
                    pass
            caller.setblocking(True)
            caller.settimeout(10)
            heard += len(caller.recv(65_536))
            caller.setblocking(False)
        caller.close()
        assert running.finish().status == 0


def test_without_echo_it_only_listens(free_port: int) -> None:
    with serving("127.0.0.1", free_port) as (running, caller):
        caller.send(b"hello")
        assert running.says("received 5 bytes")
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(9) == b""
        assert running.finish().facts("received") == ["hello"]


@pytest.mark.parametrize("options", [(), ("--echo",)])
def test_a_reset_is_told_apart_from_an_end(free_port: int, options: tuple[str, ...]) -> None:
    with serving("127.0.0.1", free_port, *options) as (running, caller):
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.close()
        done = running.finish()
    assert (done.status, done.facts("end")) == (0, ["reset"])
    assert done.stdout.endswith("reset by the peer\n")


def test_it_listens_on_ipv6_too(free_port: int) -> None:
    with serving("::1", free_port) as (running, caller):
        caller.close()
        assert running.finish().facts("local") == [f"[::1]:{free_port}"]


def test_a_port_that_is_taken_is_an_error(listener: socket.socket) -> None:
    with toy9("listen", *listener.getsockname()) as running:
        done = running.finish()
    assert (done.status, done.states) == (30, [])
    assert done.stderr.startswith("error other: address already in use")


def test_an_address_of_somebody_else_is_an_error() -> None:
    with toy9("listen", "192.0.2.77", 7001) as running:
        assert running.finish().status == 18


@pytest.mark.parametrize(("option", "reuses"), [("--reuse-address", True), ("--no-reuse-address", False)])
def test_an_address_in_time_wait_is_reused_only_when_asked(free_port: int, option: str, reuses: bool) -> None:
    with socket.create_server(("127.0.0.1", free_port)) as first:
        caller = socket.create_connection(("127.0.0.1", free_port))
        accepted, _ = first.accept()
        accepted.close()  # who closes first waits
        assert caller.recv(1) == b""
        caller.close()
    with toy9("listen", "127.0.0.1", free_port, option) as running:
        assert running.says("listening") == reuses


def test_both_roles_are_this_program(free_port: int) -> None:
    with toy9("listen", "127.0.0.1", free_port, "--echo") as server:
        assert server.says("listening")
        with toy9("connect", "127.0.0.1", free_port, "--queue", "hello", "--until", "input") as client:
            heard = client.finish()
        told = server.finish()
    assert (heard.status, told.status) == (0, 0)
    assert heard.facts("local") == told.facts("remote")
    assert heard.facts("remote") == told.facts("local")
    assert heard.facts("received") == told.facts("received") == ["hello"]
