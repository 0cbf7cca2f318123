"""Waits for its socket to become readable while the handshake is under way."""

from __future__ import annotations

from toys.loop import READ
from toys.readiness.client import Client

SIN = "Waits for its socket to become readable while the handshake is under way."
CONVICTED_BY = ("RD-02",)
EXPOSED_BY = ("greeting",)


class MutantClient(Client):
    def await_outcome(self) -> None:
        self.watcher = self.loop.watch(self.socket, READ, self.writable)
