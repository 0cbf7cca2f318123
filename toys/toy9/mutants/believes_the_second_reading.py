"""Decides by a second reading of SO_ERROR, which the first has cleared."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Decides by a second reading of SO_ERROR, which the first has cleared."
CONVICTED_BY = ("T9-07", "T9-08")
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def read_error(self) -> int:
        super().read_error()
        return super().read_error()
