"""Tells the others of those who say that they go, and of no others."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Room
from toys.chat.server import Parts

SIN = "Tells the others of those who say that they go, and of no others."
CONVICTED_BY = ("CH-10",)
EXPOSED_BY = ("reset",)


class Mutant(Room):
    def notice(self, text: str) -> None:
        if not text.endswith(")"):
            super().notice(text)


PARTS: Final = Parts(room=Mutant)
