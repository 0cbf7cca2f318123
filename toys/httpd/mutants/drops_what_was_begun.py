"""Told to stop, closes everything at once."""

from __future__ import annotations

from toys.httpd.connection import Connection

SIN = "Told to stop, closes everything at once."
CONVICTED_BY = ("HT-15",)
EXPOSED_BY = ("stop-with-output",)


class MutantConnection(Connection):
    def drain(self) -> None:
        self.close("drained")
