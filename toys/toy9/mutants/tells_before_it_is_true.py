"""Calls back before the state has changed."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Calls back before the state has changed."
CONVICTED_BY = ("T9-17",)
EXPOSED_BY = ("echo",)


class Mutant(Client):
    def enter(self, state: str) -> None:
        if state == "connected":
            self.journal.callback("connectionEstablished")
        super().enter(state)

    def call(self, name: str, *args: object) -> None:
        if name == "connectionEstablished":
            self._on[name](*args)
        else:
            super().call(name, *args)
