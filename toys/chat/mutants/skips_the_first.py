"""Leaves out the first of the others when it passes something on."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Member, Room
from toys.chat.server import Parts

SIN = "Leaves out the first of the others when it passes something on."
CONVICTED_BY = ("CH-06",)
EXPOSED_BY = ("three-talk", "tls-three-talk")


class Mutant(Room):
    def broadcast(self, turn: list[bytes], but: dict[int, Member]) -> None:
        first = dict(list(self.members.items())[:1]) if all(line.startswith(b"[") for line in turn) else {}
        super().broadcast(turn, but | first)


PARTS: Final = Parts(room=Mutant)
