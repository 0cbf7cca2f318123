"""Tries accept() before anything said that there is a connection."""

from __future__ import annotations

from toys.readiness.server import Server

SIN = "Tries accept() before anything said that there is a connection."
CONVICTED_BY = ("RD-08",)
EXPOSED_BY = ("handshake-server",)


class MutantServer(Server):
    def watch(self) -> None:
        self.accept_all()
        super().watch()
