"""Announces connected without asking who is at either end."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Announces connected without asking who is at either end."
CONVICTED_BY = ("T9-09", "T9-10", "T9-70")
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def succeed(self) -> None:
        self.local, self.remote = ("0.0.0.0", 0), ("10.0.0.2", 7)
        self.announce_endpoints()
        self.enter("connected")
        self.call("connectionEstablished")
        self.after_connected()
