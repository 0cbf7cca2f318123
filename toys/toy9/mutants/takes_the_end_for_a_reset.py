"""Announces the end of input as a reset."""

from __future__ import annotations

from toys.toy9 import errors
from toys.toy9.client import Client

SIN = "Announces the end of input as a reset."
CONVICTED_BY = ("T9-26", "T9-57")
EXPOSED_BY = ("peer-closes",)


class Mutant(Client):
    def end_of_input(self) -> None:
        self.fail(errors.of_name("ECONNRESET"))
