"""Reading and writing when ready, with and without TLS, whichever poller."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toys.net_conn.conftest import StartPeer, Table
from toys.net_conn import certificates
from toys.net_conn.connection import Connection
from toys.net_conn.engine import Secured
from toys.net_conn.serve import Peer, Plain, Play
from toys.net_conn.stream import RECORD

SECURE = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
TEXT = bytes(range(256)) * 400


def play(script: str, *, tls: bool, text: bytes = b"") -> Play:
    return Play(script, "good" if tls else "", text)


class Reader:
    """Reads so much at a time, to the end."""

    def __init__(self, size: int = 65_536) -> None:
        self.size = size
        self.got: list[bytes] = []

    def start(self, connection: Connection) -> None:
        connection.set_readable(self)

    def __call__(self, connection: Connection) -> None:
        data = connection.try_read(self.size)
        if data is not None:
            self.got.append(data)

    @property
    def has_ended(self) -> bool:
        return self.got[-1:] == [b""]


def turns_within(table: Table, seconds: float) -> int:
    """How often the loop is woken in that time, the timer's own turn left out."""
    rang: list[bool] = []
    table.loop.after(seconds, lambda: rang.append(True))
    turns = -1
    while not rang:
        table.loop.turn()
        turns += 1
    return turns


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


@SECURE
def test_the_peers_end_is_told_once_and_wakes_nobody_again(table: Table, peer: StartPeer, tls: bool) -> None:
    reader = Reader()
    table.then = reader.start
    table.connect(peer(play("half-close", tls=tls)), tls=tls)
    table.until(lambda: reader.has_ended)
    assert (turns_within(table, 0.02), reader.got) == (0, [b""])


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


class Writer:
    """Offers what is left, until nothing is."""

    def __init__(self, data: bytes) -> None:
        self.left = data
        self.refusals = 0

    def start(self, connection: Connection) -> None:
        connection.set_writable(self)

    def __call__(self, connection: Connection) -> None:
        sent = connection.try_write(self.left)
        if sent is None:
            self.refusals += 1
            return
        self.left = self.left[sent:]
        if not self.left:
            connection.set_writable(None)


class Heard:
    """A peer with a small window that reads to the end and remembers."""

    def __init__(self) -> None:
        self.data = bytearray()

    def listen(self, *, tls: bool, ends_first: bool = False) -> tuple[int, threading.Thread]:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        thread = threading.Thread(target=partial(self._hear, listener, tls, ends_first))
        thread.start()
        return port, thread

    def _hear(self, listener: socket.socket, tls: bool, ends_first: bool) -> None:
        with suppress(OSError), listener, listener.accept()[0] as accepted:  # a client that closes amid a record
            peer: Peer = Plain(accepted)
            if tls:
                peer = secured = Secured(accepted, "good")
                secured.handshake()
            if ends_first:
                peer.end()
            while chunk := peer.recv(3000):
                self.data += chunk


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


@SECURE
def test_a_reset_is_told_once_to_a_reader(table: Table, peer: StartPeer, tls: bool) -> None:
    table.then = Reader().start
    connection = table.connect(peer(play("reset", tls=tls)), tls=tls)
    table.run()
    assert connection.state == "error"
    assert table.told in (["ready", "ECONNRESET"], ["ECONNRESET"]), "it may come before anybody looks"


@SECURE
def test_a_reset_is_told_once_to_a_writer(table: Table, peer: StartPeer, tls: bool) -> None:
    table.then = Writer(bytes(50_000_000)).start
    connection = table.connect(peer(play("reset", tls=tls)), tls=tls)
    table.run()
    assert connection.state == "error"
    assert table.told in (["ready", "ECONNRESET"], ["ECONNRESET"]), "it may come before anybody looks"


def test_fin_without_close_notify_is_no_end_of_tls(table: Table, peer: StartPeer) -> None:
    reader = Reader()
    table.then = reader.start
    table.connect(peer(play("cut", tls=True, text=b"hello")), tls=True)
    table.run()
    assert (table.told, b"".join(reader.got)) == (["ready", "TLS_CUT"], b"hello")


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
def test_closing_in_a_callback_is_the_last_that_is_called(table: Table, peer: StartPeer, tls: bool) -> None:
    called: list[str] = []

    def close(connection: Connection) -> None:
        called.append("readable")
        connection.close()

    def start(connection: Connection) -> None:
        connection.set_writable(lambda c: called.append("writable"))
        connection.set_readable(close)

    connection = table.connect(peer(play("echo", tls=tls, text=b"hello")), tls=tls)
    table.then = start
    table.run()
    assert (called[-1], connection.state) == ("readable", "closed")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
