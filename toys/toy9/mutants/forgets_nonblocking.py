"""Sets other flags once connected, and takes O_NONBLOCK away with them."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Sets other flags once connected, and takes O_NONBLOCK away with them."
CONVICTED_BY = ("T9-36",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def after_connected(self) -> None:
        if self.socket is not None:
            self.socket.setblocking(True)
        super().after_connected()
