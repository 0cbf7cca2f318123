"""Tells the poller after each input what it knows already."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Tells the poller after each input what it knows already."
CONVICTED_BY = ("T9-42",)
EXPOSED_BY = ("byte-by-byte",)


class Mutant(Client):
    def receive(self) -> None:
        super().receive()
        if self.socket is not None:
            self.poller.watch(self.socket.fileno(), self.wanted())
