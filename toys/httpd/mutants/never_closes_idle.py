"""Lets idle connections be."""

from __future__ import annotations

from toys.httpd.connection import Connection

SIN = "Lets idle connections be."
CONVICTED_BY = ("HT-24",)
EXPOSED_BY = ("silent-client",)


class MutantConnection(Connection):
    def late(self) -> None:
        if self._waits_for != "idle":
            super().late()
