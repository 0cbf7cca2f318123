"""Watches a socket whose connect() has failed at once: it is writable, and SO_ERROR says 0."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.pollers import OUT

SIN = "Watches a socket whose connect() has failed at once: it is writable, and SO_ERROR says 0."
CONVICTED_BY = ("T9-19", "T9-44")
EXPOSED_BY = ("no-route",)


class Mutant(Client):
    def decide(self, number: int) -> None:
        if number and not self.waiting_for_connection and self.socket is not None:
            self.poller.watch(self.socket.fileno(), frozenset({OUT}))
            self.poller.unwatch(self.socket.fileno())
        super().decide(number)
