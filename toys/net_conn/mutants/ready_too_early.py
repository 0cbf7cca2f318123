"""Takes a connect() that is in progress for one that is done."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial

SIN = "Takes a connect() that is in progress for one that is done."
CONVICTED_BY = ("NC-09", "NC-10")
EXPOSED_BY = ("slow-syn-ack",)


class MutantDial(Dial):
    def wait_for_outcome(self) -> None:
        self.succeed()


class Mutant(Connection):
    dial = MutantDial
