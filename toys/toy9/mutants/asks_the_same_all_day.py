"""Asks for its own address fifty times before it goes on."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Asks for its own address fifty times before it goes on."
CONVICTED_BY = ("T9-43",)
EXPOSED_BY = ("echo",)


TIMES = 50


class Mutant(Client):
    def after_connected(self) -> None:
        if self.socket is not None:
            for _ in range(TIMES):
                self.socket.getsockname()
        super().after_connected()
