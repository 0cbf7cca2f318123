"""Goes on waiting for input after the peer's end."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.stream import Stream

SIN = "Goes on waiting for input after the peer's end."
CONVICTED_BY = ("NC-23",)
EXPOSED_BY = ("half-close",)


class MutantStream(Stream):
    def watch(self) -> None:
        self.has_ended = False
        super().watch()


class Mutant(Connection):
    stream = MutantStream
