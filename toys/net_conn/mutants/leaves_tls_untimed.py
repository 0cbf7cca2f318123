"""Stops the timer when TCP stands, and waits for ever for a server that never answers."""

from __future__ import annotations

import socket

from toys.net_conn.connection import Connection
from toys.toy9.resolver import Address

SIN = "Stops the timer when TCP stands, and waits for ever for a server that never answers."
CONVICTED_BY = ("NC-12",)
EXPOSED_BY = ("tls-late-answer",)


class Mutant(Connection):
    def connected(self, sock: socket.socket, address: Address) -> None:
        self._stop_timer()
        super().connected(sock, address)
