"""Never calls outputSent()."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Never calls outputSent()."
CONVICTED_BY = ("T9-14",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def call(self, name: str, *args: object) -> None:
        if name != "outputSent":
            super().call(name, *args)
