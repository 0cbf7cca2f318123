"""Announces an error after the connection has stood and ended well."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Announces an error after the connection has stood and ended well."
CONVICTED_BY = ("T9-16", "T9-57", "T9-63", "T9-69")
EXPOSED_BY = ("silent-server",)


class Mutant(Client):
    def close(self, end: str = "own") -> None:
        super().close(end)
        self.journal.state("closed", "error")
        self.journal.fact("error", "reset: connection reset")
        self.journal.callback("errorEncountered", "ECONNRESET")
