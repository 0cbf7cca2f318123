"""Treats a reset as the end of input."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.exchange import CHUNK

SIN = "Treats a reset as the end of input."
CONVICTED_BY = ("T9-26",)
EXPOSED_BY = ("reset-after-connect",)


class Mutant(Client):
    def read(self) -> bytes | None:
        assert self.socket is not None, "not connected"
        try:
            return self.socket.recv(CHUNK)
        except BlockingIOError:
            return None
        except ConnectionResetError:
            return b""
