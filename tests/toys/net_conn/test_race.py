"""Addresses side by side: each has its head start, one takes the connection, and nothing is left of the others."""

from __future__ import annotations

import socket

import pytest

from tests.toys.net_conn.conftest import Table, knows, open_descriptors
from toys.net_conn.connection import Options

SOON = Options(timeout_s=10, head_start_s=0.01)


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def test_a_silent_address_holds_up_nobody_for_longer_than_its_head_start(
    table: Table, listener: socket.socket, full_port: int
) -> None:
    before = open_descriptors()
    kind = knows(("127.0.0.1", full_port), ("127.0.0.1", port_of(listener)))
    made = table.connect(9, host="two.lab", options=SOON, kind=kind)
    table.until(lambda: bool(table.told))
    assert (table.told, made.remote) == (["ready"], f"127.0.0.1:{port_of(listener)}")
    assert len(open_descriptors()) == len(before) + 1, "the loser is given up, and only the winner is open"


def test_a_refusal_ends_the_head_start(table: Table, listener: socket.socket, closed_port: int) -> None:
    kind = knows(("127.0.0.1", closed_port), ("127.0.0.1", port_of(listener)))
    table.connect(9, host="two.lab", options=Options(timeout_s=10, head_start_s=60), kind=kind)
    table.until(lambda: bool(table.told))
    assert table.told == ["ready"]


@pytest.mark.parametrize("head_start_s", [0.001, 60])
def test_where_all_fail_one_failure_is_told(table: Table, closed_port: int, head_start_s: float) -> None:
    kind = knows(("127.0.0.1", closed_port), ("255.255.255.255", 9), ("127.0.0.1", closed_port))
    table.connect(9, host="three.lab", options=Options(timeout_s=10, head_start_s=head_start_s), kind=kind)
    table.run()
    assert table.told == ["ECONNREFUSED"]


def test_the_timer_of_the_connection_ends_all_runners(table: Table, full_port: int) -> None:
    before = open_descriptors()
    kind = knows(("127.0.0.1", full_port), ("127.0.0.1", full_port))
    table.connect(9, host="two.lab", options=Options(timeout_s=0.1, head_start_s=0.01), kind=kind)
    table.run()
    assert table.told == ["ETIMEDOUT"]
    assert open_descriptors() == before


def test_two_that_stand_in_one_turn_make_one_connection(table: Table, listener: socket.socket) -> None:
    """The loop does not turn between the first head start and the answers of both: nobody has looked yet."""
    kind = knows(("127.0.0.1", port_of(listener)), ("127.0.0.1", port_of(listener)))
    made = table.connect(9, host="two.lab", options=Options(timeout_s=10, head_start_s=60), kind=kind)
    table.until(lambda: made.state == "connecting")
    race = made._phase
    race.head_start_is_over()  # type: ignore[union-attr]
    table.until(lambda: bool(table.told))
    made.close()
    assert table.told == ["ready"]
