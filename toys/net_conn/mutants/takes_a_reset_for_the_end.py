"""Takes a reset for a good end."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.toy9.errors import Failure

SIN = "Takes a reset for a good end."
CONVICTED_BY = ("NC-22",)
EXPOSED_BY = ("reset",)


class Mutant(Connection):
    def fail(self, failure: Failure) -> None:
        if self.state == "ready" and failure.name == "ECONNRESET":
            self.close()
        else:
            super().fail(failure)
