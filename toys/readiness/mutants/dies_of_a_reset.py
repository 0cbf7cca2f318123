"""Ends with an error when one of its connections is reset."""

from __future__ import annotations

import sys

from toys.readiness.server import Server
from toys.readiness.stream import Stream

SIN = "Ends with an error when one of its connections is reset."
CONVICTED_BY = ("RD-21",)
EXPOSED_BY = ("reset-before-accept",)


class Fragile(Stream):
    def lose(self, error: OSError) -> None:
        super().lose(error)
        sys.exit(1)


class MutantServer(Server):
    STREAM = Fragile
