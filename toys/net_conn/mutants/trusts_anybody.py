"""Does not look at the certificate."""

from __future__ import annotations

import socket
import ssl

from toys.net_conn.connection import Connection
from toys.toy9.resolver import Address

SIN = "Does not look at the certificate."
CONVICTED_BY = ("NC-16",)
EXPOSED_BY = ("tls-untrusted", "tls-expired")


class Mutant(Connection):
    def connected(self, sock: socket.socket, address: Address) -> None:
        careless = ssl.create_default_context()
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        self._options = self._options._replace(context=careless)
        super().connected(sock, address)
