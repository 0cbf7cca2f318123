"""Waits for the socket to become readable instead of writable."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.pollers import IN, Interest

SIN = "Waits for the socket to become readable instead of writable."
CONVICTED_BY = ("T9-03", "T9-16")
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def watch(self, interest: Interest) -> None:
        super().watch(frozenset({IN}) if self.waiting_for_connection else interest)
