"""Takes a FIN amid TLS for a good end."""

from __future__ import annotations

from toys.net_conn.connection import CHUNK, Connection
from toys.net_conn.errors import CUT
from toys.net_conn.stream import Stream
from toys.toy9.errors import Failure

SIN = "Takes a FIN amid TLS for a good end."
CONVICTED_BY = ("NC-22",)
EXPOSED_BY = ("tls-cut",)


class Mutant(Connection):
    def fail(self, failure: Failure) -> None:
        if failure is CUT and isinstance(self._phase, Stream):
            self._phase.has_ended = True
        else:
            super().fail(failure)

    def try_read(self, size: int = CHUNK) -> bytes | None:
        data = super().try_read(size)
        return b"" if data is None and isinstance(self._phase, Stream) and self._phase.has_ended else data
