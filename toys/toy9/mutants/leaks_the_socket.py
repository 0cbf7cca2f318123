"""Announces the failure and never closes the socket."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Announces the failure and never closes the socket."
CONVICTED_BY = ("T9-34",)
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def release(self) -> None:
        if self.socket is not None and self.state == "connecting":
            self.socket.detach()
            self.socket = None
        super().release()
