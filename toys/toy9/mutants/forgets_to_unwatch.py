"""Closes the socket and leaves it registered with the poller."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.pollers import NOTHING

SIN = "Closes the socket and leaves it registered with the poller."
CONVICTED_BY = ("T9-20",)
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def release(self) -> None:
        self._interest = NOTHING
        super().release()
