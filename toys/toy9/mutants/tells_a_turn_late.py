"""Knows that it is connected, and tells it after the next wait."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.pollers import OUT, Interest

SIN = "Knows that it is connected, and tells it after the next wait."
CONVICTED_BY = ("T9-65",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    known: int | None = None

    def ready(self, readiness: Interest) -> None:
        if not self.waiting_for_connection:
            super().ready(readiness)
        elif self.known is not None:
            super().decide(self.known)
        else:
            self.known = self.read_error()
            if self.socket is not None:
                self.poller.watch(self.socket.fileno(), frozenset({OUT}))
