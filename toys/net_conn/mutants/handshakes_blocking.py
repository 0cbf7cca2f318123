"""Lets the handshake block, and the loop with it."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.handshake import Handshake

SIN = "Lets the handshake block, and the loop with it."
CONVICTED_BY = ("NC-08",)
EXPOSED_BY = ("tls",)


class MutantHandshake(Handshake):
    def start(self) -> None:
        self._plain.setblocking(True)
        super().start()

    def step(self, ready: int = 0) -> None:
        super().step(ready)

    def succeed(self) -> None:
        if self._socket is not None:
            self._socket.setblocking(False)
        super().succeed()


class Mutant(Connection):
    handshake = MutantHandshake
