"""Gives up when the first address of a name does not do."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.dial import Dial
from toys.toy9.resolver import Address

SIN = "Gives up when the first address of a name does not do."
CONVICTED_BY = ("NC-07",)
EXPOSED_BY = ("first-refused",)


class MutantDial(Dial):
    def try_all(self, addresses: list[Address]) -> None:
        super().try_all(addresses[:1])


class Mutant(Connection):
    dial = MutantDial
