"""Reads three bytes for an edge, and waits for another one with more to read."""

from __future__ import annotations

from toys.readiness.server import Server
from toys.readiness.stream import Stream

SIN = "Reads three bytes for an edge, and waits for another one with more to read."
CONVICTED_BY = ("RD-17",)
EXPOSED_BY = ("edge-input",)


class Sip(Stream):
    def receive(self) -> None:
        data = self.socket.recv(3)
        if data:
            self.take(data)
        else:
            self.end()


class MutantServer(Server):
    STREAM = Sip
