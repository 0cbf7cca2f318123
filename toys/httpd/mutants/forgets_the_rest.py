"""Takes a write for complete, whatever it returned."""

from __future__ import annotations

from toys.httpd.connection import Connection

SIN = "Takes a write for complete, whatever it returned."
CONVICTED_BY = ("HT-15", "HT-17")
EXPOSED_BY = ("slow-reader",)


class MutantConnection(Connection):
    def stuck(self) -> None:
        self.unsent = b""
        self.watch()
