"""Reads once however much is there, and waits for the next edge."""

from __future__ import annotations

from typing import Final

from toys.chat.connection import Connection
from toys.chat.server import Parts

SIN = "Reads once however much is there, and waits for the next edge."
CONVICTED_BY = ("CH-14",)
EXPOSED_BY = ("talk",)


class Mutant(Connection):
    def read(self) -> None:
        is_edge, self._loop.is_edge_triggered = self._loop.is_edge_triggered, False
        super().read()
        self._loop.is_edge_triggered = is_edge


PARTS: Final = Parts(connection=Mutant)
