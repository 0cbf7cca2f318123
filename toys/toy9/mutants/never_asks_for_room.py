"""Keeps what a write has left over, and waits for input only."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.pollers import IN, Interest

SIN = "Keeps what a write has left over, and waits for input only."
CONVICTED_BY = ("T9-38",)
EXPOSED_BY = ("large-output",)


class Mutant(Client):
    def wanted(self) -> Interest:
        return frozenset({IN})
