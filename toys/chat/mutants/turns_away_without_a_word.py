"""Closes the connection of one who is too many without telling it."""

from __future__ import annotations

from typing import Final

from toys.chat.guest import Guest
from toys.chat.server import Parts

SIN = "Closes the connection of one who is too many without telling it."
CONVICTED_BY = ("CH-05",)
EXPOSED_BY = ("full",)


class Mutant(Guest):
    def turn_away(self, here: int) -> None:
        self.connection.finish()


PARTS: Final = Parts(guest=Mutant)
