"""Changes its state on success and forgets the callback."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Changes its state on success and forgets the callback."
CONVICTED_BY = ("T9-17", "T9-64")
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def call(self, name: str, *args: object) -> None:
        if name != "connectionEstablished":
            super().call(name, *args)
