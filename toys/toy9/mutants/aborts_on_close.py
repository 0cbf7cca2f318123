"""Closes with SO_LINGER and no time to linger: the kernel sends RST."""

from __future__ import annotations

import socket
import struct

from toys.toy9.client import Client

SIN = "Closes with SO_LINGER and no time to linger: the kernel sends RST."
CONVICTED_BY = ("T9-51",)
EXPOSED_BY = ("peer-closes",)


class Mutant(Client):
    def close(self, end: str = "own") -> None:
        if self.socket is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        super().close(end)
