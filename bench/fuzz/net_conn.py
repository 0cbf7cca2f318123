"""net_conn under the fuzzer: what a hostile server says, in the clear and in place of TLS.

A handshake cannot be recorded and played again, because every answer depends on what the client has just drawn. So a
real server answers here, and the input is a list of deeds, four bytes each, that are done to its records on their way.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from functools import reduce

from bench.fuzz.case import Case
from bench.fuzz.http import TLS_WORDS
from bench.fuzz.mutation import Grammar, tweak
from bench.fuzz.target import Path, Trouble, drain, end, live_timers, send, turn, until
from toys.loop import BACKENDS, Loop
from toys.net_conn import certificates
from toys.net_conn.connection import Connection, Options
from toys.net_conn.engine import context_for
from toys.net_conn.handshake import context_for as trusting

FOLDERS = ("toys/net_conn", "toys/loop")
SERVER = context_for("good")
OLD_SERVER = context_for("good")
OLD_SERVER.maximum_version = ssl.TLSVersion.TLSv1_2
CLIENT = Options(context=trusting(str(certificates.AUTHORITY)), server_name="good.lab")
TEXT = bytes(range(256)) * 80
LONGEST = 100_000
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


class Sealed(Plain):
    """The server's records, and what the case does to them."""

    tls = True

    def talk(self, case: Case, visit: Visit) -> None:
        context = OLD_SERVER if self.number % 3 == 2 else SERVER
        arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        machine = context.wrap_bio(arriving, leaving, server_side=True)
        deeds = _deeds(case.data)
        place, is_shaken = 0, False
        for _ in range(6):
            arriving.write(drain(visit.server))
            is_shaken = _step(machine, is_shaken)
            for record in _records(leaving.read()):
                self._say_cut(reduce(_do, deeds.get(place, ()), record), case.cuts, visit)
                place += 1

    def _say_cut(self, record: bytes, cuts: tuple[int, ...], visit: Visit) -> None:
        for piece in Case(record, cuts).pieces():
            self.say(piece, visit)


def _step(machine: ssl.SSLObject, is_shaken: bool) -> bool:
    """The server's own next step: the handshake, and then a text and its end. What fails it is not our affair."""
    try:
        if not is_shaken:
            machine.do_handshake()
            return True
        machine.write(TEXT)
        machine.unwrap()
    except (ssl.SSLError, ValueError):
        pass
    return is_shaken


def _records(data: bytes) -> list[bytes]:
    """As RFC 8446, section 5.1, has them: five bytes, of which the last two are the length."""
    found = []
    while data:
        size = 5 + int.from_bytes(data[3:5])
        found.append(data[:size])
        data = data[size:]
    return found


# -- deeds: what is done to a record, with an argument of two bytes ----------------------------------------------------

Deed = Callable[[bytes, int], bytes]


def _spoil(record: bytes, argument: int) -> bytes:
    """One bit of it is another."""
    found = bytearray(record)
    place = argument >> 3
    if found:
        found[place % len(found)] ^= 1 << (argument & 7)
    return bytes(found)


def _relabel(record: bytes, argument: int) -> bytes:
    return bytes((argument & 0xFF,)) + record[1:]


def _resize(record: bytes, argument: int) -> bytes:
    """It says that it is as long as that."""
    return record[:3] + argument.to_bytes(2) + record[5:]


def _shorten(record: bytes, argument: int) -> bytes:
    """Cut, and its length says so."""
    payload = record[5 : 5 + argument]
    return record[:3] + len(payload).to_bytes(2) + payload


def _cut(record: bytes, argument: int) -> bytes:
    return record[:argument]


def _double(record: bytes, argument: int) -> bytes:
    return record * (1 + argument % 3)


def _say_before(record: bytes, argument: int) -> bytes:
    return TLS_WORDS[argument % len(TLS_WORDS)] + record


def _in_two(record: bytes, argument: int) -> bytes:
    """One handshake message in two records is allowed (RFC 8446, section 5.1)."""
    first = _shorten(record, argument)
    payload = record[len(first) :]
    return first + record[:3] + len(payload).to_bytes(2) + payload if payload else first


DEEDS: tuple[Deed, ...] = (_spoil, _relabel, _resize, _shorten, _cut, _double, _say_before, _in_two)


def _do(record: bytes, deed: tuple[Deed, int]) -> bytes:
    return deed[0](record, deed[1])[:LONGEST]


def _deeds(data: bytes) -> dict[int, list[tuple[Deed, int]]]:
    """By the record that they are done to: its number, what to do, and two bytes of argument."""
    found: dict[int, list[tuple[Deed, int]]] = {}
    for start in range(0, len(data) - 3, 4):
        place, deed, argument = data[start], data[start + 1], int.from_bytes(data[start + 2 : start + 4])
        found.setdefault(place % 8, []).append((DEEDS[deed % len(DEEDS)], argument))
    return found


def _fours(data: bytes) -> list[bytes]:
    return [data[start : start + 4] for start in range(0, len(data), 4)]


DEED_SEEDS = (
    b"",
    *(bytes((place, deed, 0, argument)) for place in range(5) for deed in range(8) for argument in (1, 60)),
)

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
TLS = Path(Grammar(DEED_SEEDS, _fours, DEED_SEEDS[1:], tweak), Sealed, FOLDERS)
