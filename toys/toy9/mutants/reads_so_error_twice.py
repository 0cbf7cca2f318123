"""Reads SO_ERROR a second time to be sure; the second reading says that all is well."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Reads SO_ERROR a second time to be sure; the second reading says that all is well."
CONVICTED_BY = ("T9-07",)
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def read_error(self) -> int:
        number = super().read_error()
        super().read_error()
        return number
