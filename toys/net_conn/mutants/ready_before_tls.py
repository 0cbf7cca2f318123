"""Says that it is ready when TCP stands, and does the handshake afterwards."""

from __future__ import annotations

import socket

from toys.net_conn.connection import Connection
from toys.toy9.resolver import Address

SIN = "Says that it is ready when TCP stands, and does the handshake afterwards."
CONVICTED_BY = ("NC-14",)
EXPOSED_BY = ("tls-slow-answer",)


class Mutant(Connection):
    def connected(self, sock: socket.socket, address: Address) -> None:
        super().connected(sock, address)
        self.enter("ready")
        if self._journal:
            self._journal.callback("on_ready")
        self._on_ready(self)
