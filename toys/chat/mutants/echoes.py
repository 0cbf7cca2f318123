"""Passes a line on to the one who said it as well."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Member, Room
from toys.chat.server import Parts

SIN = "Passes a line on to the one who said it as well."
CONVICTED_BY = ("CH-07",)
EXPOSED_BY = ("talk", "tls-talk")


class Mutant(Room):
    def say(self, member: Member, line: bytes) -> None:
        super().say(member, line)
        member.asides.pop()


PARTS: Final = Parts(room=Mutant)
