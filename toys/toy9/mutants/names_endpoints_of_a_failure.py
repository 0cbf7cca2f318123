"""Announces endpoints although the attempt has failed."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.errors import Failure

SIN = "Announces endpoints although the attempt has failed."
CONVICTED_BY = ("T9-10", "T9-70")
EXPOSED_BY = ("refused",)


class Mutant(Client):
    def fail(self, failure: Failure) -> None:
        self.local, self.remote = ("0.0.0.0", 0), ("10.0.0.2", 9)
        self.announce_endpoints()
        super().fail(failure)
