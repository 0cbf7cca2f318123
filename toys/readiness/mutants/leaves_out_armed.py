"""Waits for room after the handshake, with nothing to send."""

from __future__ import annotations

from toys.loop import WRITE
from toys.readiness.client import Client
from toys.readiness.stream import Stream

SIN = "Waits for room after the handshake, with nothing to send."
CONVICTED_BY = ("RD-20",)
EXPOSED_BY = ("greeting",)


class Eager(Stream):
    @property
    def interest(self) -> int:
        return super().interest | WRITE


class MutantClient(Client):
    STREAM = Eager
