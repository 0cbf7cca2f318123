"""Asks the name server in the thread that should wait for everything else."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial
from toys.toy9.resolver import look_up

SIN = "Asks the name server in the thread that should wait for everything else."
CONVICTED_BY = ("NC-06",)
EXPOSED_BY = ("dns",)


class MutantDial(Dial):
    def look_up(self) -> None:
        found = look_up(self._host, self._port, self._family)
        if isinstance(found, list):
            self.try_all(found)
        else:
            self._owner.fail(found)


class Mutant(Connection):
    dial = MutantDial
