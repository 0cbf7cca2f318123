"""Starts a piece again after a partial write."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Starts a piece again after a partial write."
CONVICTED_BY = ("T9-13", "T9-14")
EXPOSED_BY = ("large-output",)


class Mutant(Client):
    def consume(self, sent: int) -> None:
        if sent >= len(self.queue[0]):
            self.queue.popleft()
