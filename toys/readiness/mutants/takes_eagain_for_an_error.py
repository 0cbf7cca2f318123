"""Closes its listener when accept() says that nobody else is waiting."""

from __future__ import annotations

from toys.readiness.server import Server

SIN = "Closes its listener when accept() says that nobody else is waiting."
CONVICTED_BY = ("RD-12",)
EXPOSED_BY = ("handshake-server",)


class MutantServer(Server):
    def accept_all(self) -> None:
        super().accept_all()
        if self.watcher:
            self.close()

    def close(self) -> None:
        if self.watcher:
            super().close()
