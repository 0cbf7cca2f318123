"""One client as the server knows it: owner of its connection, and most of the time a member of the room."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from toys.chat.commands import COMMANDS, obey
from toys.chat.connection import Connection
from toys.chat.room import Member
from toys.chat.text import Splitter, clean
from toys.chat.tls import Tls
from toys.loop import Timer

if TYPE_CHECKING:
    from toys.chat.server import Server

HANDSHAKE_S = 10.0
REASONS = {"eof": "", "slow": "too slow", "ETIMEDOUT": "vanished", "EHOSTUNREACH": "vanished"}
"""How an end is told to the others; what is not here is a lost connection."""


class Guest:
    """From the doorway to its end."""

    connection: Connection

    def __init__(self, server: Server, number: int) -> None:
        self._server, self.number = server, number
        self._splitter = Splitter(server.limits.longest_line)
        self._timer: Timer | None = None
        self._member: Member | None = None

    def open(self, sock: socket.socket) -> None:
        """Without TLS the connection can be used at once, otherwise after its handshake."""
        server, context = self._server, self._server.limits.tls
        tls = Tls(context) if context else None
        self.connection = server.parts.connection(server.loop, sock, self, server.limits.queue_bytes, tls)
        if tls:
            self._timer = server.loop.after(HANDSHAKE_S, self.connection.abort)
        else:
            self.opened()

    def opened(self) -> None:
        """The connection can be used: into the room, or away, if that is full or closing."""
        if self._timer:
            self._timer.discard()
        server, room = self._server, self._server.room
        if server.is_closing or len(room.members) >= server.limits.most_clients:
            self.turn_away(len(room.members))
            return
        self._member = Member(self.number, self.connection)
        server.journal.fact("joined", self.number)
        server.log.note(f"[Server] New client joined ({self.number})")
        room.enter(self._member, self.welcome())

    def welcome(self) -> str:
        return f"welcome, Client {self.number}; {len(self._server.room.members) + 1} here; {', '.join(COMMANDS)}"

    def turn_away(self, here: int) -> None:
        self._server.journal.fact("turned_away", self.number)
        self._server.log.note(f"[Server] Client {self.number} was turned away")
        self.connection.write(f"* the room is full ({here}), come again later\n".encode())
        self.connection.finish()

    def has_heard_enough(self) -> bool:
        """A turn brings each client less than may wait for it, so nobody is dropped for what comes at one moment."""
        return self._server.room.turn_bytes > self._server.limits.queue_bytes // 4

    def heard(self, data: bytes) -> None:
        for line in self._splitter.feed(data):
            self.take(line)

    def take(self, line: bytes) -> None:
        """One whole line, which may be anything."""
        member = self._member
        if member is None or member.number not in self._server.room.members:
            return  # it has said /quit, and whatever follows that is not heard
        if self._splitter.is_too_long(line):
            self._server.room.tell(member, f"this line was dropped: more than {self._server.limits.longest_line} bytes")
        elif line.startswith(b"/") and not line.startswith(b"//"):
            obey(self._server.room, member, clean(line).decode())
        elif line:
            self._server.room.say(member, clean(line.removeprefix(b"/") if line.startswith(b"//") else line))
            if self._server.limits.until_lines:
                self._server.count_a_line()

    def slowed(self, waiting: int) -> bytes:
        """What it is told when half of what may wait does."""
        server = self._server
        server.journal.fact("slow", f"{self.number} {waiting}")
        server.log.note(f"[Server] Client {self.number} is slow, {waiting} bytes wait for it")
        return (
            f"* you are slow: {waiting} bytes wait for you, at {server.limits.queue_bytes} you are dropped\n".encode()
        )

    def drained(self) -> None:
        """Nothing waits for it any more."""

    def ended(self, reason: str) -> None:
        """The connection told of its end: half a line is one if the client meant to end there."""
        if reason == "eof" and (rest := self._splitter.rest()):
            self.take(rest)
        if self._member is None:
            self.connection.finish()
        else:
            self._server.room.leave(self._member, REASONS.get(reason, "connection lost"))

    def gone(self) -> None:
        if self._timer:
            self._timer.discard()
        self._server.forget(self)
