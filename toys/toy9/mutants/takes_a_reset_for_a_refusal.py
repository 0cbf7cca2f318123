"""Announces that a connection was refused which stood and was reset."""

from __future__ import annotations

from toys.toy9 import errors
from toys.toy9.client import Client
from toys.toy9.errors import Failure

SIN = "Announces that a connection was refused which stood and was reset."
CONVICTED_BY = ("T9-26", "T9-57", "T9-59")
EXPOSED_BY = ("reset-after-connect",)


class Mutant(Client):
    def fail(self, failure: Failure) -> None:
        super().fail(errors.of_name("ECONNREFUSED") if failure.name == "ECONNRESET" else failure)
