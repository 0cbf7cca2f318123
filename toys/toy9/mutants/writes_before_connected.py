"""Sends what is queued as soon as connect() has returned."""

from __future__ import annotations

import socket
from contextlib import suppress

from toys.toy9.client import Client
from toys.toy9.resolver import Address

SIN = "Sends what is queued as soon as connect() has returned."
CONVICTED_BY = ("T9-12",)
EXPOSED_BY = ("output-queued",)


class Mutant(Client):
    def connect(self, address: Address) -> None:
        super().connect(address)
        if self.waiting_for_connection and self.socket is not None and self.queue:
            with suppress(OSError):
                self.socket.send(self.queue[0], socket.MSG_NOSIGNAL)
