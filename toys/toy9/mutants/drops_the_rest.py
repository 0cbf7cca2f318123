"""Takes a partial write for a whole one."""

from __future__ import annotations

from toys.toy9.client import Client

SIN = "Takes a partial write for a whole one."
CONVICTED_BY = ("T9-13", "T9-14")
EXPOSED_BY = ("large-output",)


class Mutant(Client):
    def consume(self, sent: int) -> None:
        self.queue.popleft()
