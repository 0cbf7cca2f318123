"""Reads from each socket that it accepts, on suspicion."""

from __future__ import annotations

from toys.readiness.server import Server
from toys.readiness.stream import Stream

SIN = "Reads from each socket that it accepts, on suspicion."
CONVICTED_BY = ("RD-16",)
EXPOSED_BY = ("handshake-server",)


class MutantServer(Server):
    def serve(self, stream: Stream) -> None:
        super().serve(stream)
        stream.receive()
