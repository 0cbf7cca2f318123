"""Reads a few bytes for an edge, and waits for another one with more to read."""

from __future__ import annotations

from toys.httpd.connection import Connection

SIN = "Reads a few bytes for an edge, and waits for another one with more to read."
CONVICTED_BY = ("HT-08",)
EXPOSED_BY = ("answer",)


class MutantConnection(Connection):
    def read(self, ready: int) -> None:
        buffer = self.context.buffer
        size = self.sock.recv_into(buffer[:16])
        if size:
            self.take(buffer[:size])
        else:
            self.has_ended = True
            self.ended()
