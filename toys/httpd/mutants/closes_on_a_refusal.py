"""Closes as soon as a refusal is written, whatever the client is still sending."""

from __future__ import annotations

from toys.httpd.connection import Connection

SIN = "Closes as soon as a refusal is written, whatever the client is still sending."
CONVICTED_BY = ("HT-12",)
EXPOSED_BY = ("too-large-body",)


class MutantConnection(Connection):
    def finish(self, *, unread: bool = False) -> None:
        super().finish()
