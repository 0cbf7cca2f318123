"""Gives a name to whoever asks for it."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Member, Room
from toys.chat.server import Parts

SIN = "Gives a name to whoever asks for it."
CONVICTED_BY = ("CH-13",)
EXPOSED_BY = ("names",)


class Mutant(Room):
    def rename(self, member: Member, name: str) -> str:
        member.be_called(name)
        return ""


PARTS: Final = Parts(room=Mutant)
