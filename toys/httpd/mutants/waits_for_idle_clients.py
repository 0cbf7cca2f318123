"""Told to stop, waits until every client has gone by itself."""

from __future__ import annotations

from toys.httpd.connection import Connection

SIN = "Told to stop, waits until every client has gone by itself."
CONVICTED_BY = ("HT-27",)
EXPOSED_BY = ("stop-while-idle",)


class MutantConnection(Connection):
    def drain(self) -> None:
        """It will end some time."""
