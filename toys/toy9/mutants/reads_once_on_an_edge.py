"""Reads once for an edge, and waits for another one with more to read."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Reads once for an edge, and waits for another one with more to read."
CONVICTED_BY = ("T9-32",)
EXPOSED_BY = ("half-close",)


class Mutant(Client):
    def receive(self) -> None:
        if self.read_some(3):
            return

    def read_some(self, size: int) -> bool:
        assert self.socket is not None, "not connected"
        data = self.socket.recv(size)
        if not data:
            self.end_of_input()
            return False
        self.journal.fact("received", data.decode())
        self.call("inputReady", len(data))
        return True
