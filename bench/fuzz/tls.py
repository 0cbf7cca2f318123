"""net_conn under the fuzzer, TLS: a hostile server in place of an honest one.

A handshake cannot be recorded and played again, because every answer depends on what the client has just drawn. So a
real server answers here, and the input is a list of deeds, four bytes each, that are done to its records on their way.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import reduce

from bench.fuzz.case import Case
from bench.fuzz.http import TLS_WORDS
from bench.fuzz.mutation import Grammar, tweak
from bench.fuzz.net_conn import FOLDERS, TEXT, Plain, Visit
from bench.fuzz.target import Path, drain
from toys.net_conn.engine import context_for

SERVER = context_for("good")
OLD_SERVER = context_for("good")
OLD_SERVER.maximum_version = ssl.TLSVersion.TLSv1_2
LONGEST = 100_000
MOST_IN_A_RECORD = 0xFFFF
"""What its length can say; other deeds may have made it longer."""


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
    payload = record[len(first) :][:MOST_IN_A_RECORD]
    return first + record[:3] + (len(payload) & 0xFFFF).to_bytes(2) + payload if payload else first


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

TLS = Path(Grammar(DEED_SEEDS, _fours, DEED_SEEDS[1:], tweak), Sealed, FOLDERS)
