"""Passes every line on twice."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Member, Room
from toys.chat.server import Parts

SIN = "Passes every line on twice."
CONVICTED_BY = ("CH-06",)
EXPOSED_BY = ("talk",)


class Mutant(Room):
    def broadcast(self, turn: list[bytes], but: dict[int, Member]) -> None:
        super().broadcast([line for line in turn for _ in range(1 + line.startswith(b"["))], but)


PARTS: Final = Parts(room=Mutant)
