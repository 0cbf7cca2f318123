"""Writes as soon as connect() was called."""

from __future__ import annotations

import contextlib

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial
from toys.toy9.resolver import Address

SIN = "Writes as soon as connect() was called."
CONVICTED_BY = ("NC-18",)
EXPOSED_BY = ("refused",)


class MutantDial(Dial):
    def connect(self, address: Address) -> int:
        number = super().connect(address)
        if self._socket is not None:
            self.write_early()
        return number

    def write_early(self) -> None:
        """EAGAIN at best: there is no connection to write to."""
        assert self._socket is not None, "connect() was called"
        with contextlib.suppress(OSError):
            self._socket.send(b"hello")


class Mutant(Connection):
    dial = MutantDial
