"""Tries once more after it has announced the failure."""

from __future__ import annotations

import socket

from toys.toy9.client import Client
from toys.toy9.errors import Failure
from toys.toy9.resolver import Address

SIN = "Tries once more after it has announced the failure."
CONVICTED_BY = ("T9-25", "T9-47")
EXPOSED_BY = ("refused",)


class Mutant(Client):
    address: Address

    def open(self, address: Address, *, blocking: bool = False) -> int:
        self.address = address
        return super().open(address, blocking=blocking)

    def fail(self, failure: Failure) -> None:
        super().fail(failure)
        again = socket.socket(self.address[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        again.connect_ex(self.address[1:])
        self.journal.fact("waitingForConnection", "true")
        self.journal.fact("waitingForConnection", "false")
        again.close()
