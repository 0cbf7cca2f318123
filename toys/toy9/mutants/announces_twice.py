"""Calls connectionEstablished() once more when the first output has left."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Calls connectionEstablished() once more when the first output has left."
CONVICTED_BY = ("T9-17",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def after_connected(self) -> None:
        self.call("connectionEstablished")
        super().after_connected()
