"""Tells who talks without TLS in plain words that it should not."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from toys.chat.connection import NO_SIGNAL, Connection
from toys.chat.server import Parts

SIN = "Tells who talks without TLS in plain words that it should not."
CONVICTED_BY = ("CH-27",)
EXPOSED_BY = ("tls-plain-words",)


class Mutant(Connection):
    def break_off(self, reason: str) -> None:
        if self._tls and not self._tls.is_ready and reason not in ("ECONNRESET", "EPIPE"):
            with suppress(OSError):
                self._sock.send(b"* this room talks TLS\n", NO_SIGNAL)
        super().break_off(reason)


PARTS: Final = Parts(connection=Mutant)
