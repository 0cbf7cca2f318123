"""Waits for the body without a word."""

from __future__ import annotations

from toys.httpd.connection import Connection
from toys.httpd.http1 import Http1

SIN = "Waits for the body without a word."
CONVICTED_BY = ("HT-13",)
EXPOSED_BY = ("expect-continue",)


class Silent(Http1):
    def _permit(self) -> None:
        """The client may send its body whenever it likes, and does not know."""


class MutantConnection(Connection):
    http1 = Silent
