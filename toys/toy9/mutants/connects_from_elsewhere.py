"""Cannot have the address that it was told to connect from, and takes any other."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.resolver import Address

SIN = "Cannot have the address that it was told to connect from, and takes any other."
CONVICTED_BY = ("T9-58",)
EXPOSED_BY = ("address-not-available",)


class Mutant(Client):
    def open(self, address: Address, *, blocking: bool = False) -> int:
        number = super().open(address, blocking=blocking)
        self.wishes = self.wishes._replace(bind_to=None)
        return number and super().open(address, blocking=blocking)
