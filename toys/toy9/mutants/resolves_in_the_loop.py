"""Asks the name server in the thread that should wait for everything else."""

from __future__ import annotations

from toys.toy9.loop import Dial
from toys.toy9.resolver import look_up

SIN = "Asks the name server in the thread that should wait for everything else."
CONVICTED_BY = ("T9-24",)
EXPOSED_BY = ("dns-success",)


class MutantDial(Dial):
    def look_up(self) -> None:
        self.looked_up(look_up(self.host, self.port, self.family))
