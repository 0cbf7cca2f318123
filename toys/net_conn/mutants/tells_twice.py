"""Tells of an error twice."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.toy9.errors import Failure

SIN = "Tells of an error twice."
CONVICTED_BY = ("NC-03",)
EXPOSED_BY = ("refused",)


class Mutant(Connection):
    def fail(self, failure: Failure) -> None:
        super().fail(failure)
        if self._journal:
            self._journal.callback("on_error", failure.name)
        self._on_error(self)
