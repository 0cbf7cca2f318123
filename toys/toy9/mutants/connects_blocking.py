"""Forgets O_NONBLOCK: connect() holds up the loop until it is decided."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.resolver import Address

SIN = "Forgets O_NONBLOCK: connect() holds up the loop until it is decided."
CONVICTED_BY = ("T9-01",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def open(self, address: Address, *, blocking: bool = False) -> int:
        return super().open(address, blocking=True)

    def succeed(self) -> None:
        assert self.socket is not None, "nothing was connected"
        self.socket.setblocking(False)
        super().succeed()
