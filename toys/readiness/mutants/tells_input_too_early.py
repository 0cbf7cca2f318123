"""Says of each socket that it accepts that it is readable."""

from __future__ import annotations

from toys.readiness.server import Server
from toys.readiness.stream import Stream

SIN = "Says of each socket that it accepts that it is readable."
CONVICTED_BY = ("RD-15",)
EXPOSED_BY = ("handshake-server",)


class MutantServer(Server):
    def serve(self, stream: Stream) -> None:
        self.diary.tell("readable", stream.name)
        super().serve(stream)
