"""Keeps whatever a client does not read."""

from __future__ import annotations

from typing import Final

from toys.chat.connection import Connection
from toys.chat.server import Parts

SIN = "Keeps whatever a client does not read."
CONVICTED_BY = ("CH-06", "CH-18")
EXPOSED_BY = ("slow",)


class Mutant(Connection):
    def drop(self) -> None:
        self._watch()


PARTS: Final = Parts(connection=Mutant)
