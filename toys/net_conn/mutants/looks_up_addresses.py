"""Asks the resolver for what is an address already."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial

SIN = "Asks the resolver for what is an address already."
CONVICTED_BY = ("NC-05",)
EXPOSED_BY = ("plain",)


class MutantDial(Dial):
    def start(self) -> None:
        self._owner.enter("resolving")
        self.look_up()


class Mutant(Connection):
    dial = MutantDial
