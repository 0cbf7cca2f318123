"""Lets the first address of a name use up the time of all."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial

SIN = "Lets the first address of a name use up the time of all."
CONVICTED_BY = ("NC-07",)
EXPOSED_BY = ("first-silent",)


class MutantDial(Dial):
    def wait_for_outcome(self) -> None:
        super().wait_for_outcome()
        if self._timer is not None:
            self._timer.cancel()


class Mutant(Connection):
    dial = MutantDial
