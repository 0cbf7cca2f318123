"""Ends with the exit status of success whatever came of the connection."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.errors import Failure

SIN = "Ends with the exit status of success whatever came of the connection."
CONVICTED_BY = ("T9-69",)
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def fail(self, failure: Failure) -> None:
        super().fail(failure._replace(status=0))
