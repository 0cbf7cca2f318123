"""Believes that an accepted socket inherits O_NONBLOCK from its listener."""

from __future__ import annotations

import socket

from toys.readiness.server import Server

SIN = "Believes that an accepted socket inherits O_NONBLOCK from its listener."
CONVICTED_BY = ("RD-14",)
EXPOSED_BY = ("handshake-server",)


class Inherited(socket.socket):
    """Its setblocking() is a belief."""

    def setblocking(self, flag: bool) -> None:
        self.inherits = not flag


class MutantServer(Server):
    def welcome(self, accepted: socket.socket) -> None:
        super().welcome(Inherited(fileno=accepted.detach()))
