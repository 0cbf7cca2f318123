"""The life of a connection: states, the one timer, addresses, closing."""

from __future__ import annotations

import os
import resource
import socket
import threading

import pytest

from tests.toys.net_conn.conftest import StartPeer, Table, knows, open_descriptors, resolving_with
from toys.net_conn.connection import Connection, Options
from toys.net_conn.serve import Play
from toys.net_conn.states import NEXT, OVER
from toys.toy9.resolver import Address


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def test_nothing_happens_before_the_loop_turns(table: Table, closed_port: int) -> None:
    connection = table.connect(closed_port)
    assert (connection.state, table.told) == ("init", [])


def test_it_becomes_ready_once_and_knows_both_ends(table: Table, listener: socket.socket) -> None:
    connection = table.connect(port_of(listener))
    table.until(lambda: bool(table.told))
    accepted, address = listener.accept()
    with accepted:
        assert (table.told, connection.state) == (["ready"], "ready")
        assert connection.local == f"127.0.0.1:{address[1]}"
        assert connection.remote == f"127.0.0.1:{port_of(listener)}"


def test_a_refused_connection_is_told_once(table: Table, closed_port: int) -> None:
    connection = table.connect(closed_port)
    table.run()
    assert (table.told, connection.state) == (["ECONNREFUSED"], "error")


def test_a_failure_at_once_is_told_like_any_other(table: Table) -> None:
    connection = table.connect(9, host="255.255.255.255")
    assert table.told == []
    table.run()
    assert (table.told, connection.state) == (["ENETUNREACH"], "error")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_process_without_descriptors_is_told_so(table: Table, host: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    table.connect(9, host=host)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free_descriptor(), hard))
    try:
        table.run()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert table.told == ["EMFILE"]


def lowest_free_descriptor() -> int:
    """Everything below is taken: the kernel gives the lowest, and what may not be above it is refused."""
    number = os.dup(0)
    os.close(number)
    return number


def test_a_silent_address_ends_by_the_timer(table: Table, full_port: int) -> None:
    table.connect(full_port, options=Options(timeout_s=0.05))
    table.run()
    assert table.told == ["ETIMEDOUT"]


def test_a_name_that_does_not_exist_is_told_once(table: Table) -> None:
    table.connect(9, host="no such name")
    table.run()
    assert table.told == ["EAI_NONAME"]


def test_a_look_up_that_hangs_ends_by_the_timer_and_is_not_looked_at_any_more(table: Table, closed_port: int) -> None:
    answer = threading.Event()

    def hang(host: str, port: int, family: str) -> list[Address]:
        answer.wait()
        return [(socket.AF_INET, "127.0.0.1", port)]

    connection = table.connect(closed_port, host="slow.lab", options=Options(timeout_s=0.05), kind=resolving_with(hang))
    table.run()
    answer.set()
    assert (table.told, connection.remote) == (["ETIMEDOUT"], "")


def test_others_get_on_while_a_name_is_looked_up(table: Table, listener: socket.socket) -> None:
    answer = threading.Event()

    def hang(host: str, port: int, family: str) -> list[Address]:
        answer.wait()
        return [(socket.AF_INET, "127.0.0.1", port)]

    table.connect(port_of(listener), host="slow.lab", kind=resolving_with(hang))
    table.connect(port_of(listener))
    table.until(lambda: table.told == ["ready"])
    answer.set()
    table.until(lambda: table.told == ["ready", "ready"])


def test_the_next_address_is_tried_when_one_refuses(table: Table, listener: socket.socket, closed_port: int) -> None:
    good = ("127.0.0.1", port_of(listener))
    connection = table.connect(9, host="two.lab", kind=knows(("127.0.0.1", closed_port), good))
    table.until(lambda: bool(table.told))
    assert (table.told, connection.remote) == (["ready"], f"127.0.0.1:{good[1]}")


def test_the_next_address_is_tried_when_one_fails_at_once(table: Table, listener: socket.socket) -> None:
    kind = knows(("255.255.255.255", 9), ("127.0.0.1", port_of(listener)))
    table.connect(9, host="two.lab", kind=kind)
    table.until(lambda: bool(table.told))
    assert table.told == ["ready"]


def test_a_silent_address_leaves_time_for_the_next(table: Table, listener: socket.socket, full_port: int) -> None:
    """Its share of a minute is cut short here once it is known to end before the minute does."""
    kind = knows(("127.0.0.1", full_port), ("127.0.0.1", port_of(listener)))
    connection = table.connect(9, host="two.lab", options=Options(timeout_s=60), kind=kind)
    table.until(lambda: connection.state == "connecting")
    share, whole = connection._phase._timer, connection._timer  # type: ignore[union-attr]
    assert share.due + 1 < whole.due  # type: ignore[union-attr,operator]
    table.loop.restart(share, 0)  # type: ignore[arg-type]
    table.until(lambda: bool(table.told))
    assert table.told == ["ready"]


def test_where_all_addresses_fail_the_last_failure_is_told_once(table: Table, closed_port: int) -> None:
    table.connect(9, host="two.lab", kind=knows(("255.255.255.255", 9), ("127.0.0.1", closed_port)))
    table.run()
    assert table.told == ["ECONNREFUSED"]


@pytest.mark.parametrize("state", ["init", "resolving", "connecting", "tls_handshake", "ready"])
def test_closing_in_any_state_calls_nothing_and_leaves_nothing_open(
    table: Table, peer: StartPeer, full_port: int, state: str
) -> None:
    before = open_descriptors()
    answer = threading.Event()

    def hang(host: str, port: int, family: str) -> list[Address]:
        answer.wait()
        return []

    connection = {
        "init": lambda: table.connect(full_port),
        "resolving": lambda: table.connect(9, host="slow.lab", kind=resolving_with(hang)),
        "connecting": lambda: table.connect(full_port),
        "tls_handshake": lambda: table.connect(peer(Play("silent-in-handshake")), tls=True),
        "ready": lambda: table.connect(peer(Play("echo")), tls=True),
    }[state]()
    table.until(lambda: connection.state == state)
    table.told.clear()
    connection.close()
    answer.set()
    for _ in range(2):
        connection.close()
        table.loop.soon(lambda: None)
        table.loop.turn()
    assert (table.told, connection.state) == ([], "closed")
    if state in ("init", "connecting"):  # elsewhere threads of the test's own come and go
        assert open_descriptors() <= before


def test_closing_within_on_ready_is_the_end(table: Table, listener: socket.socket) -> None:
    table.then = Connection.close
    connection = table.connect(port_of(listener))
    table.run()
    assert (table.told, connection.state, connection.local) == (["ready"], "closed", "")


def test_closing_within_on_error_changes_nothing(table: Table, closed_port: int) -> None:
    connection = Connection(table.loop, "127.0.0.1", closed_port, on_ready=Connection.close, on_error=Connection.close)
    table.connections.append(connection)
    table.run()
    assert connection.state == "error"


def test_what_is_not_ready_takes_and_gives_nothing(table: Table, closed_port: int) -> None:
    connection = table.connect(closed_port)
    connection.set_readable(Connection.close)
    connection.set_writable(Connection.close)
    assert (connection.try_read(), connection.try_write(b"hello"), connection.local) == (None, None, "")
    table.run()
    assert (connection.try_read(), connection.try_write(b"hello")) == (None, None)


@pytest.mark.parametrize(("old", "new"), [(a, b) for a in NEXT for b in NEXT if b not in NEXT[a]])
def test_a_state_that_cannot_follow_does_not(old: str, new: str) -> None:
    table = Table("epoll")
    connection = table.connect(9)
    connection.state = old
    with pytest.raises(ValueError, match="cannot follow"):
        connection.enter(new)
    connection.state = "closed"
    table.close()


def test_two_states_are_final() -> None:
    assert {"closed", "error"} == OVER


def test_the_timer_is_off_once_it_is_ready(table: Table, listener: socket.socket) -> None:
    connection = table.connect(port_of(listener))
    table.until(lambda: connection.state == "connecting")
    assert table.loop._timers.next_due() is not None
    table.until(lambda: connection.state == "ready")
    assert table.loop._timers.next_due() is None
