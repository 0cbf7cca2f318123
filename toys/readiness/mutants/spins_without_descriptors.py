"""Goes on watching its listener when there is no descriptor left for a connection."""

from __future__ import annotations

from toys.readiness.server import Server

SIN = "Goes on watching its listener when there is no descriptor left for a connection."
CONVICTED_BY = ("RD-13",)
EXPOSED_BY = ("out-of-descriptors",)


class MutantServer(Server):
    def pause(self, reason: str) -> None:
        self.loop.soon(self.accept_all)
