"""Takes a partial write for a whole one."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.stream import Stream

SIN = "Takes a partial write for a whole one."
CONVICTED_BY = ("NC-20",)
EXPOSED_BY = ("large-output", "tls-large-output")


class MutantStream(Stream):
    def try_write(self, data: bytes) -> int | None:
        sent = super().try_write(data)
        return None if sent is None else len(data)


class Mutant(Connection):
    stream = MutantStream
