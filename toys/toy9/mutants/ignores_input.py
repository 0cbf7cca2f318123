"""Watches for input and never reads it."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Watches for input and never reads it."
CONVICTED_BY = ("T9-29", "T9-32")
EXPOSED_BY = ("banner",)


class Mutant(Client):
    def receive(self) -> None:
        """Whoever waits for this level waits in a circle."""
