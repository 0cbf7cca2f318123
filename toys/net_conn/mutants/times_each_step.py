"""Gives each step the time that all of them should share."""

from __future__ import annotations

import socket

from toys.net_conn.connection import Connection
from toys.toy9.resolver import Address

SIN = "Gives each step the time that all of them should share."
CONVICTED_BY = ("NC-12",)
EXPOSED_BY = ("timer-covers-all",)


class Mutant(Connection):
    def connected(self, sock: socket.socket, address: Address) -> None:
        if self._timer is not None:
            self._loop.restart(self._timer, self._options.timeout_s)
        super().connected(sock, address)
