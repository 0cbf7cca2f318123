"""Calls outputSent() after every write."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Calls outputSent() after every write."
CONVICTED_BY = ("T9-14",)
EXPOSED_BY = ("output-queued",)


class Mutant(Client):
    def consume(self, sent: int) -> None:
        super().consume(sent)
        if self.queue:
            self.journal.callback("outputSent")
