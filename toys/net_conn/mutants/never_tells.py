"""Fails, and tells nobody."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.toy9.errors import Failure

SIN = "Fails, and tells nobody."
CONVICTED_BY = ("NC-03",)
EXPOSED_BY = ("refused",)


class Mutant(Connection):
    def fail(self, failure: Failure) -> None:
        self.failure = failure
        self._release()
        self.enter("error")
