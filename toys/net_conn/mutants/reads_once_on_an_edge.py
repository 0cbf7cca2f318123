"""Takes an edge for a level, and waits for the rest to be told again."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.stream import Stream

SIN = "Takes an edge for a level, and waits for the rest to be told again."
CONVICTED_BY = ("NC-21",)
EXPOSED_BY = ("large-input",)


class MutantStream(Stream):
    def ask_again(self) -> None:
        """Levels need no asking."""


class Mutant(Connection):
    stream = MutantStream
