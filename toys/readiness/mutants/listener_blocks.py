"""Leaves its listener blocking, and accepts once for each readiness so as not to notice."""

from __future__ import annotations

import socket

from toys.readiness.server import Server

SIN = "Leaves its listener blocking, and accepts once for each readiness so as not to notice."
CONVICTED_BY = ("RD-07",)
EXPOSED_BY = ("level",)


class MutantServer(Server):
    def open(self, family: int) -> socket.socket:
        return socket.socket(family, socket.SOCK_STREAM)

    def accept_all(self) -> None:
        self.accept()
