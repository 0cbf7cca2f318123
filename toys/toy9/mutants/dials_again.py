"""Answers EINPROGRESS with another connect()."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.resolver import Address

SIN = "Answers EINPROGRESS with another connect()."
CONVICTED_BY = ("T9-02",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def call_connect(self, address: Address) -> int:
        number = super().call_connect(address)
        super().call_connect(address)
        return number
