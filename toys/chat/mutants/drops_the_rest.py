"""Throws away what there was no room for."""

from __future__ import annotations

from typing import Final

from toys.chat.connection import Connection
from toys.chat.server import Parts

SIN = "Throws away what there was no room for."
CONVICTED_BY = ("CH-06", "CH-16")
EXPOSED_BY = ("catches-up",)


class Mutant(Connection):
    def _weigh(self) -> None:
        self._outbox.clear()
        super()._weigh()


PARTS: Final = Parts(connection=Mutant)
