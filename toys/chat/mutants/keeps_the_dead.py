"""Does not close a connection that has ended."""

from __future__ import annotations

from typing import Final

from toys.chat.connection import Connection
from toys.chat.server import Parts

SIN = "Does not close a connection that has ended."
CONVICTED_BY = (
    "CH-20",
    "CH-24",
)
EXPOSED_BY = ("reset", "tls-cut-in-the-handshake")


class Mutant(Connection):
    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._watcher.stop()
            self._owner.gone()


PARTS: Final = Parts(connection=Mutant)
