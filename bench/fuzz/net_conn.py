"""net_conn under the fuzzer: it reads whatever a server says, in whatever sizes."""

from __future__ import annotations

import re
import socket

from bench.fuzz.case import Case
from bench.fuzz.mutation import Grammar, tweak
from bench.fuzz.target import Path, Trouble, drain, end, live_timers, send, turn, until
from toys.loop import BACKENDS, Loop
from toys.net_conn import certificates
from toys.net_conn.connection import Connection, Options
from toys.net_conn.handshake import context_for as trusting

FOLDERS = ("toys/net_conn", "toys/loop")
CLIENT = Options(context=trusting(str(certificates.AUTHORITY)), server_name="good.lab")
TEXT = bytes(range(256)) * 80
SIZES = (0, 1, 3, 1000, 65_536)
OUTCOMES = frozenset({(), ("ready",), ("ready", "error"), ("error",)})


class Visit:
    """One connection of net_conn's to us, reading whatever it can."""

    def __init__(self, loop: Loop, listener: socket.socket, tls: bool) -> None:
        self.told: list[str] = []
        self.got = b""
        self._reads = 0
        host, port = listener.getsockname()
        self.connection = Connection(loop, host, port, tls, on_ready=self._ready, on_error=self._error, options=CLIENT)
        turn(loop)
        self.server, _ = listener.accept()
        self.server.setblocking(False)
        turn(loop)

    def _ready(self, connection: Connection) -> None:
        self.told.append("ready")
        connection.set_readable(self._readable)

    def _readable(self, connection: Connection) -> None:
        self._reads += 1
        size = SIZES[self._reads % len(SIZES)]
        data = connection.try_read(size)
        self.got += data or b""
        if data == b"" and size:
            connection.close()

    def _error(self, connection: Connection) -> None:
        self.told.append("error")

    @property
    def is_over(self) -> bool:
        return self.connection.state in ("closed", "error")

    def check(self) -> None:
        if tuple(self.told) not in OUTCOMES:
            raise Trouble(f"these were called: {self.told}")


class Plain:
    """What is said is what is read."""

    tls = False

    def __init__(self, number: int) -> None:
        self.loop = Loop(list(BACKENDS)[number % len(BACKENDS)])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.number = number

    def run(self, case: Case) -> None:
        visit = Visit(self.loop, self.listener, self.tls)
        with visit.server:
            self.talk(case, visit)
            end(visit.server, case.ending)
            until(self.loop, lambda: _is_over(visit), "the server has ended, and so has the client")
        visit.check()
        if not self.tls and case.ending != "reset" and visit.got != case.data:
            raise Trouble(f"{len(case.data)} bytes were said, {len(visit.got)} were read")

    def talk(self, case: Case, visit: Visit) -> None:
        for piece in case.pieces():
            self.say(piece, visit)

    def say(self, data: bytes, visit: Visit) -> None:
        """Until it is sent, or nobody is there."""
        while data := send(visit.server, data):
            if visit.is_over:
                return
            turn(self.loop)
        turn(self.loop)

    def check(self) -> None:
        timers = live_timers(self.loop)
        if self.loop._watchers or timers:
            raise Trouble(f"{len(self.loop._watchers)} watchers and {timers} timers are left")

    def close(self) -> None:
        self.listener.close()
        self.loop.close()


def _is_over(visit: Visit) -> bool:
    if visit.server.fileno() >= 0:
        drain(visit.server)
    return visit.is_over


PLAIN = Path(
    Grammar(
        (b"hello\n", TEXT, b"", b"220 ready\r\n"),
        lambda data: re.findall(rb".{1,7}", data, re.DOTALL),
        (b"\x00", b"\n", b"x" * 5000),
        tweak,
    ),
    Plain,
    FOLDERS,
)
