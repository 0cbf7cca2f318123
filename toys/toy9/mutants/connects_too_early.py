"""Announces connected as soon as connect() has returned."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.resolver import Address

SIN = "Announces connected as soon as connect() has returned."
CONVICTED_BY = ("T9-05", "T9-08", "T9-09", "T9-11", "T9-33")
EXPOSED_BY = ("delayed-syn-ack",)


class Mutant(Client):
    def connect(self, address: Address) -> None:
        super().connect(address)
        if self.waiting_for_connection:
            self.journal.state("connecting", "connected")
            self.journal.callback("connectionEstablished")

    def enter(self, state: str) -> None:
        if state == "connected":
            self.state = state
        else:
            super().enter(state)

    def call(self, name: str, *args: object) -> None:
        if name == "connectionEstablished":
            self._on[name](*args)
        else:
            super().call(name, *args)
