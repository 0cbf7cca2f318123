"""Takes a good certificate of somebody else."""

from __future__ import annotations

import socket
import ssl

from toys.net_conn import certificates
from toys.net_conn.connection import Connection
from toys.toy9.resolver import Address

SIN = "Takes a good certificate of somebody else."
CONVICTED_BY = ("NC-16",)
EXPOSED_BY = ("tls-wrong-host",)


class Mutant(Connection):
    def connected(self, sock: socket.socket, address: Address) -> None:
        careless = ssl.create_default_context(cafile=certificates.AUTHORITY)
        careless.check_hostname = False
        self._options = self._options._replace(context=careless)
        super().connected(sock, address)
