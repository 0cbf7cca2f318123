"""Takes writability for success and never asks SO_ERROR."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.pollers import Interest

SIN = "Takes writability for success and never asks SO_ERROR."
CONVICTED_BY = ("T9-05", "T9-06", "T9-07")
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def ready(self, readiness: Interest) -> None:
        if self.waiting_for_connection:
            self.decide(0)
        else:
            super().ready(readiness)
