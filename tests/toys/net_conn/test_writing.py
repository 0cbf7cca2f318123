"""Writing when ready, with and without TLS, whichever poller: what was not taken is offered again."""

from __future__ import annotations

import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toys.net_conn.conftest import StartPeer, Table
from tests.toys.net_conn.ends import SECURE, TEXT, Heard, Reader, Writer, play, turns_within
from toys.net_conn.connection import Connection
from toys.net_conn.stream import RECORD


@SECURE
def test_a_slow_reader_with_a_small_window_gets_everything(table: Table, tls: bool) -> None:
    heard, writer = Heard(), Writer(TEXT * 10)
    port, thread = heard.listen(tls=tls)
    table.then = writer.start
    connection = table.connect(port, tls=tls)
    table.until(lambda: not writer.left)
    connection.close()
    thread.join()
    assert bytes(heard.data) == TEXT * 10


@SECURE
def test_after_the_peers_end_everything_can_still_be_sent(table: Table, tls: bool) -> None:
    heard, writer = Heard(), Writer(TEXT)
    port, thread = heard.listen(tls=tls, ends_first=True)
    reader = Reader()

    def start(connection: Connection) -> None:
        reader.start(connection)
        connection.set_writable(writer)

    table.then = start
    connection = table.connect(port, tls=tls)
    table.until(lambda: reader.has_ended and not writer.left)
    connection.close()
    thread.join()
    assert bytes(heard.data) == TEXT


def test_where_there_is_no_room_nobody_is_woken(table: Table) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        writer = Writer(bytes(20_000_000))
        table.then = writer.start
        connection = table.connect(listener.getsockname()[1])
        turns_within(table, 0.05)
        assert connection.state == "ready"
        assert writer.left
        assert turns_within(table, 0.02) <= 1
        connection.close()


def test_tls_wants_the_bytes_again_that_it_refused(table: Table) -> None:
    heard = Heard()
    port, thread = heard.listen(tls=True)
    refused: list[bytes] = []

    def fill(connection: Connection) -> None:
        while connection.try_write(b"a" * RECORD) is not None:
            pass
        refused.append(b"a" * RECORD)

    table.then = fill
    connection = table.connect(port, tls=True)
    table.until(lambda: bool(refused))
    with pytest.raises(ValueError, match="the same bytes"):
        connection.try_write(b"b" * RECORD)
    connection.close()
    thread.join()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(min_size=1, max_size=40_000), min_size=1, max_size=5), size=st.integers(1, 70_000))
@SECURE
def test_whatever_is_written_comes_back_whole_and_in_order(
    peer: StartPeer, pieces: list[bytes], size: int, tls: bool
) -> None:
    table = Table("epoll-et")
    reader, writer = Reader(size), Writer(b"".join(pieces))
    whole = writer.left

    def start(connection: Connection) -> None:
        reader.start(connection)
        writer.start(connection)

    table.then = start
    table.connect(peer(play("echo", tls=tls)), tls=tls)
    table.until(lambda: sum(map(len, reader.got)) >= len(whole))
    table.close()
    assert b"".join(reader.got) == whole
