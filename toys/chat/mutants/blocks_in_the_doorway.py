"""Leaves the listener blocking."""

from __future__ import annotations

from typing import Final

from toys.chat.doorway import Doorway
from toys.chat.server import Parts

SIN = "Leaves the listener blocking."
CONVICTED_BY = ("CH-01",)
EXPOSED_BY = ("talk",)


class Mutant(Doorway):
    def ready(self, _: int) -> None:
        self._listener.setblocking(True)
        sock, _address = self._listener.accept()
        sock.setblocking(False)
        self._admit(sock)
        self._watcher.rearm()


PARTS: Final = Parts(doorway=Mutant)
