"""Takes accepted sockets as they are, blocking."""

from __future__ import annotations

import socket

from toys.httpd.listener import Listener

SIN = "Takes accepted sockets as they are, blocking."
CONVICTED_BY = ("HT-02",)
EXPOSED_BY = ("answer", "tls-http1")


class MutantListener(Listener):
    def prepare(self, sock: socket.socket) -> None:
        """It relies on a flag that Linux does not inherit."""
