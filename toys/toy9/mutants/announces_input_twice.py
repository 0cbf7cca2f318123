"""Announces the same input twice."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Announces the same input twice."
CONVICTED_BY = ("T9-67",)
EXPOSED_BY = ("banner",)


class Mutant(Client):
    def call(self, name: str, *args: object) -> None:
        if name == "inputReady":
            self.journal.callback(name, *args)
        super().call(name, *args)
