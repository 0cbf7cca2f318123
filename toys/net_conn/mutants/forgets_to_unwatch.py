"""Closes its socket while it is watched."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial

SIN = "Closes its socket while it is watched."
CONVICTED_BY = ("NC-24",)
EXPOSED_BY = ("refused",)


class MutantDial(Dial):
    def stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._watcher = None
        super().stop()


class Mutant(Connection):
    dial = MutantDial
