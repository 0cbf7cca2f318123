"""Says that it connects when it has done so already."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.resolver import Address

SIN = "Says that it connects when it has done so already."
CONVICTED_BY = ("T9-62",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def begin(self) -> None:
        self.state = "connecting"

    def call_connect(self, address: Address) -> int:
        number = super().call_connect(address)
        self.journal.state("idle", "connecting")
        return number
