"""Waits in the poller for what TLS has decrypted already."""

from __future__ import annotations

from toys.net_conn.connection import Connection
from toys.net_conn.stream import Stream

SIN = "Waits in the poller for what TLS has decrypted already."
CONVICTED_BY = ("NC-21",)
EXPOSED_BY = ("tls-small-reads",)


class MutantStream(Stream):
    def pending(self) -> int:
        return 0


class Mutant(Connection):
    stream = MutantStream
