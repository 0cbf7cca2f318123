"""Forgets a connection that has ended, and does not close its socket."""

from __future__ import annotations

from toys.httpd.connection import Connection

SIN = "Forgets a connection that has ended, and does not close its socket."
CONVICTED_BY = ("HT-20",)
EXPOSED_BY = ("answer", "tls-client-ends", "tls-cut-in-the-handshake", "tls-plain-request")


class MutantConnection(Connection):
    def release(self) -> None:
        self.is_open = False
        self.watcher.stop()
        self.sock.detach()
