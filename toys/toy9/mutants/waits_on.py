"""Still says that it is waiting when it is connected."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Still says that it is waiting when it is connected."
CONVICTED_BY = ("T9-33",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def decide(self, number: int) -> None:
        self.waiting_for_connection = False
        super().decide(number)
        self.journal.fact("waitingForConnection", "false")
