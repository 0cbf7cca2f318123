"""Passes on the lines of a turn in the wrong order."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Member, Room
from toys.chat.server import Parts

SIN = "Passes on the lines of a turn in the wrong order."
CONVICTED_BY = ("CH-06",)
EXPOSED_BY = ("crlf",)


class Mutant(Room):
    def broadcast(self, turn: list[bytes], but: dict[int, Member]) -> None:
        super().broadcast(turn[::-1], but)


PARTS: Final = Parts(room=Mutant)
