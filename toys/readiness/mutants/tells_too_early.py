"""Says that its listener is readable as soon as it listens."""

from __future__ import annotations

from toys.readiness.server import Server

SIN = "Says that its listener is readable as soon as it listens."
CONVICTED_BY = ("RD-09",)
EXPOSED_BY = ("handshake-server",)


class MutantServer(Server):
    def watch(self) -> None:
        self.diary.tell("readable", "listener")
        super().watch()
