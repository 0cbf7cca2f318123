"""Connects to the address of a name that nobody waits for any more."""

from __future__ import annotations

from functools import partial

from toys.loop import READ
from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial
from toys.toy9.resolver import LookUp

SIN = "Connects to the address of a name that nobody waits for any more."
CONVICTED_BY = ("NC-04",)
EXPOSED_BY = ("dns-too-late",)


class MutantDial(Dial):
    def stop(self) -> None:
        late, self._look_up = self._look_up, None
        super().stop()
        if late is not None and not isinstance(late.found, list):
            self._watcher = self._loop.watch(late.fd, READ, partial(self.dial_late, late))
        elif late is not None:
            late.close()

    def dial_late(self, late: LookUp, ready: int) -> None:
        self.stop()
        late.close()
        if isinstance(late.found, list):
            self.connect(late.found[0])
            self.stop()


class Mutant(Connection):
    dial = MutantDial
