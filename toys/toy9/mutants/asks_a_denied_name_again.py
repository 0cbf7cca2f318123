"""Asks three times for a name that does not exist."""

from __future__ import annotations

from toys.toy9.errors import Failure
from toys.toy9.loop import Dial
from toys.toy9.resolver import Found

SIN = "Asks three times for a name that does not exist."
CONVICTED_BY = ("T9-61",)
EXPOSED_BY = ("dns-nxdomain",)


class MutantDial(Dial):
    tries = 3

    def looked_up(self, found: Found | None) -> None:
        self.tries -= 1
        if isinstance(found, Failure) and self.tries:
            self.look_up()
        else:
            super().looked_up(found)
