"""Does not tell the others who has come."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Room
from toys.chat.server import Parts

SIN = "Does not tell the others who has come."
CONVICTED_BY = ("CH-09",)
EXPOSED_BY = ("at-once",)


class Mutant(Room):
    def notice(self, text: str) -> None:
        if not text.endswith(" joined"):
            super().notice(text)


PARTS: Final = Parts(room=Mutant)
