"""Writes each line of a turn on its own."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Member, Room
from toys.chat.server import Parts

SIN = "Writes each line of a turn on its own."
CONVICTED_BY = ("CH-26",)
EXPOSED_BY = ("crlf",)


class Mutant(Room):
    def broadcast(self, turn: list[bytes], but: dict[int, Member]) -> None:
        for line in turn:
            super().broadcast([line], but)


PARTS: Final = Parts(room=Mutant)
