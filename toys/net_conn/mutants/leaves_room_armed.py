"""Waits for room also when nobody has anything to write."""

from __future__ import annotations

from toys.loop import WRITE
from toys.net_conn.connection import Connection
from toys.net_conn.stream import Stream

SIN = "Waits for room also when nobody has anything to write."
CONVICTED_BY = ("NC-19", "NC-26")
EXPOSED_BY = ("plain",)


class MutantStream(Stream):
    def wait_for(self, interest: int) -> None:
        super().wait_for(interest | WRITE)


class Mutant(Connection):
    stream = MutantStream
