"""Says that it is closed after it has said that it failed."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.toy9.errors import Failure

SIN = "Says that it is closed after it has said that it failed."
CONVICTED_BY = ("NC-02",)
EXPOSED_BY = ("refused",)


class Mutant(Connection):
    def fail(self, failure: Failure) -> None:
        super().fail(failure)
        if self._journal:
            self._journal.state("error", "closed")
