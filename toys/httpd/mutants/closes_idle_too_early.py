"""Closes a connection as soon as it is idle."""

from __future__ import annotations

from toys.httpd.connection import Connection

SIN = "Closes a connection as soon as it is idle."
CONVICTED_BY = ("HT-23",)
EXPOSED_BY = ("idle-after-an-answer",)


class MutantConnection(Connection):
    def wait_for(self, what: str, seconds: float) -> None:
        super().wait_for(what, seconds / 1000 if what == "idle" else seconds)
