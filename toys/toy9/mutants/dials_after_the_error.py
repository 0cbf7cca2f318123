"""Tries once more after it has announced the failure."""

from __future__ import annotations

import socket

from toys.toy9.client import Client
from toys.toy9.errors import Failure

SIN = "Tries once more after it has announced the failure."
CONVICTED_BY = ("T9-25",)
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def fail(self, failure: Failure) -> None:
        super().fail(failure)
        again = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        again.connect_ex(("10.0.0.2", 9))
        self.journal.fact("waitingForConnection", "true")
        self.journal.fact("waitingForConnection", "false")
        again.close()
