"""Ends, and leaves its connections to the exit."""

from __future__ import annotations

from typing import Final

from toys.chat.room import Room
from toys.chat.server import Parts

SIN = "Ends, and leaves its connections to the exit."
CONVICTED_BY = ("CH-24",)
EXPOSED_BY = ("shutdown",)


class Mutant(Room):
    def dismiss(self) -> None:
        self._loop.stop()


PARTS: Final = Parts(room=Mutant)
