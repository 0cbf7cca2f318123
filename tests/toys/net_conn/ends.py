"""What the tests of a stream read and write with, and a peer that remembers."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from functools import partial

import pytest

from tests.toys.net_conn.conftest import Table
from toys.net_conn.connection import Connection
from toys.net_conn.engine import Secured
from toys.net_conn.serve import Peer, Plain, Play

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


def turns_within(table: Table, seconds: float) -> int:
    """How often the loop is woken in that time, the timer's own turn left out."""
    rang: list[bool] = []
    table.loop.after(seconds, lambda: rang.append(True))
    turns = -1
    while not rang:
        table.loop.turn()
        turns += 1
    return turns
