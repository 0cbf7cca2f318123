"""Waits for room as well while TLS waits for the answer."""

from __future__ import annotations

from toys.loop import READ, WRITE
from toys.net_conn.connection import Connection
from toys.net_conn.handshake import Handshake

SIN = "Waits for room as well while TLS waits for the answer."
CONVICTED_BY = ("NC-17", "NC-26")
EXPOSED_BY = ("tls-slow-answer",)


class MutantHandshake(Handshake):
    def wait_for(self, interest: int) -> None:
        super().wait_for(READ | WRITE)

    def step(self, ready: int = WRITE) -> None:
        if ready != WRITE or self._watcher is None:
            super().step(ready)


class Mutant(Connection):
    handshake = MutantHandshake
