"""Leaves the sockets of its clients blocking."""

from __future__ import annotations

import socket
from typing import Final

from toys.chat.doorway import Doorway
from toys.chat.server import Parts

SIN = "Leaves the sockets of its clients blocking."
CONVICTED_BY = ("CH-02",)
EXPOSED_BY = ("talk",)


class Mutant(Doorway):
    def take(self, sock: socket.socket) -> None:
        self._admit(sock)


PARTS: Final = Parts(doorway=Mutant)
