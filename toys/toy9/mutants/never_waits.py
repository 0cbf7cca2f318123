"""Never says that it is waiting for a connection."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Never says that it is waiting for a connection."
CONVICTED_BY = ("T9-33",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def set_waiting(self, waiting: bool) -> None:
        self.waiting_for_connection = waiting
