"""Says something before the handshake, in clear."""

from __future__ import annotations

import socket

from toys.net_conn.connection import Connection
from toys.toy9.resolver import Address

SIN = "Says something before the handshake, in clear."
CONVICTED_BY = ("NC-15",)
EXPOSED_BY = ("tls-silence",)


class Mutant(Connection):
    def connected(self, sock: socket.socket, address: Address) -> None:
        sock.send(b"STARTTLS\r\n")
        super().connected(sock, address)
