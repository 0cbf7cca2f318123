"""Closes sockets that are still watched."""

from __future__ import annotations

from typing import Final

from toys.chat.connection import Connection
from toys.chat.server import Parts

SIN = "Closes sockets that are still watched."
CONVICTED_BY = ("CH-19",)
EXPOSED_BY = ("quit",)


class Mutant(Connection):
    def close(self) -> None:
        if not self.is_closed:
            self._sock.close()
            self._watcher._watchers.pop(self._watcher.fd, None)
        super().close()


PARTS: Final = Parts(connection=Mutant)
