"""Dials once more on the socket that was refused."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.errors import Failure

SIN = "Dials once more on the socket that was refused."
CONVICTED_BY = ("T9-02", "T9-44")
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def fail(self, failure: Failure) -> None:
        if self.socket is not None and self.state == "connecting":
            self.socket.connect_ex(self.socket.getsockname())
        super().fail(failure)
