"""Takes EAGAIN of a read for the end of the connection."""

from __future__ import annotations

from toys.readiness.server import Server
from toys.readiness.stream import Stream

SIN = "Takes EAGAIN of a read for the end of the connection."
CONVICTED_BY = ("RD-18",)
EXPOSED_BY = ("two-messages",)


class Hasty(Stream):
    def receive(self) -> None:
        super().receive()
        if self.is_open and not self.has_ended:
            self.end()


class MutantServer(Server):
    STREAM = Hasty
