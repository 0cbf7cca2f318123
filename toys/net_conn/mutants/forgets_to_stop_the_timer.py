"""Lets the connect timer run on when the connection is ready."""

from __future__ import annotations

import socket

from toys.net_conn.connection import Connection

SIN = "Lets the connect timer run on when the connection is ready."
CONVICTED_BY = ("NC-13",)
EXPOSED_BY = ("timer-ends-when-ready",)


class Mutant(Connection):
    def stands(self, sock: socket.socket) -> None:
        timer, self._timer = self._timer, None
        super().stands(sock)
        self._timer = timer
