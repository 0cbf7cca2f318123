"""Closes as soon as it hears that the peer sends no more, with what the peer sent still unread."""

from __future__ import annotations

from toys.loop import RDHUP
from toys.readiness.server import Server
from toys.readiness.stream import Stream

SIN = "Closes as soon as it hears that the peer sends no more, with what the peer sent still unread."
CONVICTED_BY = ("RD-19",)
EXPOSED_BY = ("half-close",)


class Deaf(Stream):
    def ready(self, readiness: int) -> None:
        if readiness & RDHUP:
            self.close()
        else:
            super().ready(readiness)


class MutantServer(Server):
    STREAM = Deaf
