"""Takes a FIN amid TLS for a good end."""

from __future__ import annotations

import ssl
from typing import Any, cast

from toys.net_conn.connection import Connection
from toys.net_conn.stream import Stream

SIN = "Takes a FIN amid TLS for a good end."
CONVICTED_BY = ("NC-22",)
EXPOSED_BY = ("tls-cut",)


class MutantStream(Stream):
    def try_read(self, size: int) -> bytes | None:
        if isinstance(self.socket, ssl.SSLSocket):
            cast(Any, self.socket).suppress_ragged_eofs = True
        return super().try_read(size)


class Mutant(Connection):
    stream = MutantStream
