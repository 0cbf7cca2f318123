"""Watches the socket before connect() was called on it."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.pollers import OUT
from toys.toy9.resolver import Address

SIN = "Watches the socket before connect() was called on it."
CONVICTED_BY = ("T9-04",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def call_connect(self, address: Address) -> int:
        self.watch(frozenset({OUT}))
        return super().call_connect(address)
