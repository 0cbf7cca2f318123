"""Reads from the socket first, to see whether it is connected."""

from __future__ import annotations

import socket
from contextlib import suppress

from toys.toy9.client import Client

SIN = "Reads from the socket first, to see whether it is connected."
CONVICTED_BY = ("T9-06", "T9-18")
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def read_error(self) -> int:
        assert self.socket is not None, "nothing is awaited"
        with suppress(OSError):
            self.socket.recv(1, socket.MSG_PEEK)
        return super().read_error()
