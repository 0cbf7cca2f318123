"""Reading when ready, with and without TLS, whichever poller: all of it, once, and only when there is something."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest

from tests.toys.net_conn.conftest import StartPeer, Table
from tests.toys.net_conn.ends import SECURE, TEXT, Reader, play, turns_within
from toys.net_conn import certificates
from toys.net_conn.connection import Connection


@SECURE
@pytest.mark.parametrize("size", [1000, 65_536])
def test_what_the_peer_says_arrives_whole_however_little_is_read_at_a_time(
    table: Table, peer: StartPeer, tls: bool, size: int
) -> None:
    reader = Reader(size)
    table.then = reader.start
    table.connect(peer(play("close", tls=tls, text=TEXT)), tls=tls)
    table.until(lambda: reader.has_ended)
    assert b"".join(reader.got) == TEXT


@SECURE
def test_one_byte_at_a_time_out_of_one_record(table: Table, peer: StartPeer, tls: bool) -> None:
    reader = Reader(1)
    table.then = reader.start
    table.connect(peer(play("close", tls=tls, text=b"hello")), tls=tls)
    table.until(lambda: reader.has_ended)
    assert reader.got == [b"h", b"e", b"l", b"l", b"o", b""]


def test_decrypted_bytes_that_wait_are_told_to_whoever_begins_to_read(table: Table, peer: StartPeer) -> None:
    first: list[bytes | None] = []
    second = Reader(1)

    def one_byte(connection: Connection) -> None:
        first.append(connection.try_read(1))
        connection.set_readable(None)

    table.then = lambda connection: connection.set_readable(one_byte)
    connection = table.connect(peer(play("echo", tls=True, text=b"hello")), tls=True)
    table.until(lambda: bool(first))
    connection.set_readable(second)
    table.until(lambda: len(second.got) >= 4)
    assert (first, b"".join(second.got)) == ([b"h"], b"ello")


def test_who_leaves_decrypted_bytes_is_asked_again_and_holds_up_nobody(table: Table, peer: StartPeer) -> None:
    read: list[bytes | None] = []
    asked: list[str] = []

    def read_one_byte_and_no_more(connection: Connection) -> None:
        asked.append(connection.state)
        if not read:
            read.append(connection.try_read(1))

    table.then = lambda connection: connection.set_readable(read_one_byte_and_no_more)
    connection = table.connect(peer(play("echo", tls=True, text=b"hello")), tls=True)
    table.until(lambda: len(asked) > 10)
    connection.close()
    assert read == [b"h"]


def test_session_tickets_are_no_input(table: Table) -> None:
    """They follow the handshake, wake the reader, and hold nothing for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.path("good"))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with context.wrap_socket(listener.accept()[0], server_side=True) as accepted:
                accepted.recv(10)

        thread = threading.Thread(target=serve)
        thread.start()
        woken: list[bytes | None] = []
        table.then = lambda connection: connection.set_readable(lambda c: woken.append(c.try_read()))
        connection = table.connect(listener.getsockname()[1], tls=True)
        table.until(lambda: bool(woken))
        connection.close()
        thread.join()
    assert set(woken) == {None}


@SECURE
def test_the_peers_end_is_told_once_and_wakes_nobody_again(table: Table, peer: StartPeer, tls: bool) -> None:
    reader = Reader()
    table.then = reader.start
    table.connect(peer(play("half-close", tls=tls)), tls=tls)
    table.until(lambda: reader.has_ended)
    assert (turns_within(table, 0.02), reader.got) == (0, [b""])
