"""Takes a reset for a mistake of its own."""

from __future__ import annotations

from typing import Final

from toys.chat.connection import Connection
from toys.chat.server import Parts

SIN = "Takes a reset for a mistake of its own."
CONVICTED_BY = (
    "CH-20",
    "CH-22",
    "CH-24",
)
EXPOSED_BY = ("reset",)


class Mutant(Connection):
    def break_off(self, reason: str) -> None:
        raise RuntimeError(reason)


PARTS: Final = Parts(connection=Mutant)
