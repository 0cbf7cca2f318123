"""Calls back once more when the connection is closed."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Calls back once more when the connection is closed."
CONVICTED_BY = ("T9-66",)
EXPOSED_BY = ("peer-closes",)


class Mutant(Client):
    def close(self, end: str = "own") -> None:
        super().close(end)
        self.journal.callback("inputReady", 0)
