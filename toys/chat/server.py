"""The server: a doorway, a room, and what lies between the two, from the first client to the last."""

from __future__ import annotations

import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from toys.chat.connection import Connection
from toys.chat.doorway import Doorway, Options, vigilance
from toys.chat.guest import Guest
from toys.chat.log import Log
from toys.chat.room import FIRST_NUMBER, Room
from toys.chat.text import LONGEST
from toys.loop import READ, Loop
from toys.toy9.journal import Journal

FAREWELL = "the server ends"
FAREWELL_S = 2.0
"""So long the clients have for reading what waits for them when the server ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    most_clients: int = 10_000
    queue_bytes: int = 1 << 20
    """How much may wait for one client."""
    longest_line: int = LONGEST
    tls: ssl.SSLContext | None = None
    until_empty: bool = False
    """Whether the last client who leaves ends the server."""
    until_lines: int = 0
    """So many lines, and the server ends; 0 is no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a server is made of."""

    connection: type[Connection] = Connection
    doorway: type[Doorway] = Doorway
    guest: type[Guest] = Guest
    room: type[Room] = Room
    vigilance: Callable[[int], Options] = vigilance


class Server:
    """Runs from `open` until a signal, or until it is empty if that was asked for."""

    def __init__(self, loop: Loop, limits: Limits, log: Log, journal: Journal, parts: Parts | None = None) -> None:
        self.loop, self.limits, self.log, self.journal = loop, limits, log, journal
        self.parts = parts or Parts()
        self.room = self.parts.room(loop, None if log.is_quiet else log.note)
        self.is_closing = False
        self._guests: dict[int, Guest] = {}
        self._next_number = FIRST_NUMBER
        self._lines = 0
        self._doorway: Doorway | None = None

    def open(self, listener: socket.socket) -> None:
        """Lets in who comes."""
        port = listener.getsockname()[1]
        self._doorway = self.parts.doorway(self.loop, listener, self.admit, self.log, self.journal)
        self.journal.state("idle", "listening")
        self.log.tell(f"[CHAT SERVER] Listening on port {port}...")

    def admit(self, sock: socket.socket) -> None:
        number, self._next_number = self._next_number, self._next_number + 1
        self._guests[number] = self.parts.guest(self, number)
        self._guests[number].open(sock)

    def count_a_line(self) -> None:
        self._lines += 1
        if self._lines == self.limits.until_lines:
            self.loop.soon(self.shut_down)

    def forget(self, guest: Guest) -> None:
        """Its socket is closed, so its descriptor can be used again."""
        self._guests.pop(guest.number, None)
        if self._doorway:
            self._doorway.go_on()
        if not self._guests and self.limits.until_empty:
            self.loop.soon(self.shut_down)
        if not self._guests and self.is_closing:
            self.loop.soon(self.loop.stop)

    def shut_down(self) -> None:
        """Nobody comes in any more, everybody is told, and has a while to read it."""
        if self.is_closing or self._doorway is None:
            return
        self.is_closing = True
        self.journal.state("listening", "closing")
        self._doorway.close()
        for member in [*self.room.members.values()]:
            self.room.tell(member, FAREWELL)
        self.room.dismiss()
        self.loop.after(FAREWELL_S, self.break_up)
        if not self._guests:
            self.loop.stop()

    def break_up(self) -> None:
        for guest in [*self._guests.values()]:
            guest.connection.abort()

    def run(self) -> None:
        with self._signals():
            self.loop.run()
        self.log.flush()
        self.journal.state("closing", "closed")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end it as a turn of the loop; the second of them as they usually do."""
        read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)

        def arrived(_: int) -> None:
            with suppress(BlockingIOError):
                os.read(read, 64)
            for number, handler in before.items():
                signal.signal(number, handler)
            self.shut_down()

        watcher = self.loop.watch(read, READ, arrived)
        try:
            yield
        finally:
            watcher.stop()
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(read)
            os.close(write)
