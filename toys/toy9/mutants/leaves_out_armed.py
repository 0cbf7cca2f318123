"""Goes on watching for room with nothing to write."""

from __future__ import annotations

from toys.toy9.client import Client
from toys.toy9.pollers import OUT, Interest

SIN = "Goes on watching for room with nothing to write."
CONVICTED_BY = ("T9-15", "T9-29")
EXPOSED_BY = ("banner",)


class Mutant(Client):
    def wanted(self) -> Interest:
        return super().wanted() | {OUT}
