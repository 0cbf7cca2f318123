"""Says goodbye to a connection that was reset."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from toys.chat.connection import NO_SIGNAL, Connection
from toys.chat.server import Parts

SIN = "Says goodbye to a connection that was reset."
CONVICTED_BY = ("CH-21",)
EXPOSED_BY = ("reset",)


class Mutant(Connection):
    def break_off(self, reason: str) -> None:
        with suppress(OSError):
            self._sock.send(b"* goodbye\n", NO_SIGNAL)
        super().break_off(reason)


PARTS: Final = Parts(connection=Mutant)
