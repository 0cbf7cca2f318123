"""Waits without ever blocking."""

from __future__ import annotations

from toys.httpd.server import Server

SIN = "Waits without ever blocking."
CONVICTED_BY = ("HT-18",)
EXPOSED_BY = ("answer",)


class MutantServer(Server):
    def start(self) -> None:
        super().start()
        self.again()

    def again(self) -> None:
        if not self.context.is_draining:
            self.context.loop.soon(self.again)
