"""Forgets O_NONBLOCK: connect() holds up the loop until the handshake is over."""

from __future__ import annotations

import socket

from toys.readiness.client import Client

SIN = "Forgets O_NONBLOCK: connect() holds up the loop until the handshake is over."
CONVICTED_BY = ("RD-01",)
EXPOSED_BY = ("handshake",)


class MutantClient(Client):
    def open(self, family: int) -> socket.socket:
        return socket.socket(family, socket.SOCK_STREAM)

    def succeed(self) -> None:
        self.socket.setblocking(False)
        super().succeed()
