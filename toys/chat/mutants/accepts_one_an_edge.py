"""Accepts one client each time that the doorway is reported."""

from __future__ import annotations

from typing import Final

from toys.chat.doorway import Doorway
from toys.chat.server import Parts

SIN = "Accepts one client each time that the doorway is reported."
CONVICTED_BY = ("CH-03",)
EXPOSED_BY = ("storm",)


class Mutant(Doorway):
    def ready(self, _: int) -> None:
        sock, _address = self._listener.accept()
        sock.setblocking(False)
        self._admit(sock)


PARTS: Final = Parts(doorway=Mutant)
