"""Accepts one connection for an edge, and waits for another one with more in the queue."""

from __future__ import annotations

from toys.readiness.server import Server

SIN = "Accepts one connection for an edge, and waits for another one with more in the queue."
CONVICTED_BY = ("RD-11",)
EXPOSED_BY = ("edge",)


class MutantServer(Server):
    def accept_all(self) -> None:
        self.accept()
